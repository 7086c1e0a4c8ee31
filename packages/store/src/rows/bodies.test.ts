import { isTerminal, type State } from "@capstan/engine";
import fc from "fast-check";
import { expect, test } from "vitest";
import { execution, taskRun } from "../conformance/fixtures.ts";
import { executionBody, executionOf, taskRunBody, taskRunOf } from "./bodies.ts";

// As written by the first release: what is stored must stay readable.
const KNOWN_STATES: Readonly<Record<State, number>> = {
  CREATED: 0,
  SUBMITTED: 1,
  RUNNING: 2,
  PAUSED: 3,
  RESTARTED: 4,
  KILLING: 5,
  QUEUED: 6,
  RETRYING: 7,
  BREAKPOINT: 8,
  SUCCESS: 9,
  WARNING: 10,
  FAILED: 11,
  KILLED: 12,
  CANCELLED: 13,
  RETRIED: 14,
  SKIPPED: 15,
  RESUBMITTED: 16,
};
const states = Object.keys(KNOWN_STATES) as State[];

const history = fc.array(
  fc.record({ state: fc.constantFrom(...states), date: fc.integer({ min: 0, max: 4_102_444_800_000 }) }),
);

test("rows come back as they were, whatever their histories", () => {
  fc.assert(
    fc.property(history, history, (first, second) => {
      const row = execution("e", { history: first });
      expect(executionOf(executionBody(row))).toEqual(row);
      const attempts = [first, second].map((changes) => ({ state: "FAILED" as const, history: changes }));
      const run = taskRun("e", 1, { history: second, attempts, outputs: { a: [1, null] } }).row;
      expect(taskRunOf(taskRunBody(run))).toEqual(run);
    }),
  );
});

test.each(Object.entries(KNOWN_STATES))("the state %s keeps its number %i", (state, number) => {
  const row = execution("e", { history: [{ state: state as State, date: 7 }] });
  expect(JSON.parse(executionBody(row)).history).toEqual([number, 7]);
  expect(typeof isTerminal(state as State)).toBe("boolean");
});
