import { isTerminal, type State } from "@capstan/engine";
import { expect, test } from "vitest";
import { hasEnded } from "./execution-dates.ts";

const STATES: readonly State[] = [
  "CREATED",
  "SUBMITTED",
  "RUNNING",
  "PAUSED",
  "RESTARTED",
  "KILLING",
  "QUEUED",
  "RETRYING",
  "BREAKPOINT",
  "SUCCESS",
  "WARNING",
  "FAILED",
  "KILLED",
  "CANCELLED",
  "RETRIED",
  "SKIPPED",
  "RESUBMITTED",
];

test.each(STATES)("%s has ended when the engine says so", (state) => {
  expect(hasEnded(state)).toBe(isTerminal(state));
});
