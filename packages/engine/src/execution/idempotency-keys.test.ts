import { expect, test } from "vitest";
import type { Attempt, State } from "./execution.ts";
import { idempotencyKeysOf } from "./idempotency-keys.ts";

test.each<[string, readonly State[], string]>([
  ["is handed out", [], "run-1"],
  ["is at work", ["RUNNING"], "run-1"],
  ["lost its worker", ["RESUBMITTED"], "run-1"],
  ["lost several workers", ["RESUBMITTED", "RESUBMITTED", "RUNNING"], "run-1"],
  ["failed and is tried again", ["FAILED"], "run-2"],
  ["failed, and lost its worker in the second try", ["FAILED", "RESUBMITTED"], "run-2"],
  ["failed behind a lost worker", ["RESUBMITTED", "FAILED", "RUNNING"], "run-2"],
  ["was killed and is restarted", ["KILLED"], "run-2"],
])("the key of the attempt of a task run that %s", (_what, states, attemptKey) => {
  const attempts = states.map((state): Attempt => ({ state, history: [{ state, date: 0 }] }));
  expect(idempotencyKeysOf({ id: "run", attempts })).toEqual({ idempotencyKey: "run", attemptKey });
});
