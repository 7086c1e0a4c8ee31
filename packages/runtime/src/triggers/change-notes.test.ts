import { pino } from "pino";
import { expect, test } from "vitest";
import type { Executor } from "../executor/executor.ts";
import { type Change, createChangeNotes } from "./change-notes.ts";

test("a change that was looked at when the process has stopped is left to the next one", () => {
  const written: unknown[] = [];
  const unit = { takeMessage: (note: unknown) => void written.push(note) };
  const executor = { isStopped: false, unit };
  const changes = createChangeNotes({
    store: {} as never,
    executor: executor as unknown as Executor,
    logger: pino({ level: "silent" }),
    restore: async () => undefined,
  });
  const note = { tenant: "main", executionId: "e1", id: "flow-triggers/0" };
  const change = { note, looked: new Set(["company.b/t"]) } as unknown as Change;
  changes.strike(change);
  executor.isStopped = true;
  changes.strike(change);
  expect(written).toEqual([{ ...note, id: "flow-triggers/0/company.b/t" }, note]);
});
