import { expect, test } from "vitest";
import type { ExecutionWithRuns } from "@capstan/runtime";
import { flowWorld, runOf } from "../testing/flow-world.ts";
import { sourceOf } from "../testing/semantics.ts";

const revised = (end: string) =>
  sourceOf(
    "revised",
    `tasks:
- {id: a, type: core.debug.Return, format: kept}
- ${end}
- {id: c, type: core.debug.Return, format: "{{ outputs.a.value }}"}`,
  );

const world = flowWorld({}, () => [
  sourceOf("whole", "tasks: [{id: a, type: core.log.Log, message: x}]"),
  revised("{id: b, type: core.execution.Fail}"),
]);

const systemLabels = ({ row }: ExecutionWithRuns) =>
  row.labels.flatMap(({ key }) => (key.startsWith("system.re") ? [key] : []));

test("a replay knows which execution it replays, and that one that it was replayed", async () => {
  const { executions } = world().runtime;
  const first = await world().ended(await world().start("whole"));
  const taskRunId = runOf(first, "a").id;
  for (const options of [{}, { taskRunId }]) {
    const replayed = await world().ended((await executions.replay("main", first.row.id, options)).row.id);
    expect(replayed.row).toMatchObject({ state: "SUCCESS", replayOf: first.row.id, originalId: first.row.id });
    expect(systemLabels(replayed)).toEqual(["system.replay"]);
    expect(systemLabels((await executions.get("main", first.row.id))!)).toEqual(["system.replayed"]);
    const again = await world().ended((await executions.replay("main", replayed.row.id)).row.id);
    expect(again.row).toMatchObject({ replayOf: replayed.row.id, originalId: first.row.id });
  }
});

test("a restart under another revision is a new execution that goes on where the other failed", async () => {
  const { executions, flows } = world().runtime;
  const first = await world().ended(await world().start("revised"));
  const { row } = await flows.save("main", revised("{id: b, type: core.log.Log, message: x}"));
  const begun = await executions.restart("main", first.row.id, { revision: row.revision });
  const second = await world().ended(begun.row.id);
  expect(second.row).toMatchObject({ state: "SUCCESS", flowRevision: 2, replayOf: first.row.id, attemptNumber: 2 });
  expect(systemLabels(second)).toEqual(["system.restarted"]);
  expect(runOf(second, "b").attempts.map(({ state }) => state)).toEqual(["FAILED", "SUCCESS"]);
  expect(runOf(second, "c").outputs).toEqual({ value: "kept" });
  expect(runOf(second, "a").id).not.toBe(runOf(first, "a").id);
  expect(await executions.get("main", first.row.id)).toEqual(first);
});
