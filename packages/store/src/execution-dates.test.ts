import { isTerminal, STATES } from "@capstan/engine";
import { expect, test } from "vitest";
import { hasEnded } from "./execution-dates.ts";

test.each(STATES)("%s has ended when the engine says so", (state) => {
  expect(hasEnded(state)).toBe(isTerminal(state));
});
