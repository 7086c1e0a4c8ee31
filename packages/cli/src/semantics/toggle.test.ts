import { expect, test } from "vitest";
import { flowWorld } from "../testing/flow-world.ts";
import { sourceOf } from "../testing/semantics.ts";

const toggle = (trigger: string, enabled: boolean, more = "") =>
  `{id: t, type: core.trigger.Toggle, trigger: ${trigger}, enabled: ${enabled}${more}}`;

const world = flowWorld({}, () => [
  sourceOf("watched", "tasks: [{id: a, type: core.log.Log, message: x}]"),
  sourceOf(
    "watcher",
    `tasks: [{id: a, type: core.log.Log, message: x}]
triggers: [{id: after, type: core.trigger.Flow, conditions: [{type: core.condition.ExecutionFlow, namespace: io.kestra.tests, flowId: watched}]}]`,
  ),
  sourceOf("off", `tasks: [${toggle("after", false, ", flowId: watcher")}]`),
  sourceOf("on", `tasks: [${toggle("after", true, ", flowId: watcher")}]`),
  sourceOf("none", `tasks: [${toggle("missing", true, ", flowId: watcher")}]`),
  sourceOf("nowhere", `tasks: [${toggle("after", true, ", flowId: nobody")}]`),
]);

test("a Flow trigger that is toggled off starts nothing until it is toggled on", async () => {
  await world().meets("off", { state: "SUCCESS" });
  await world().meets("watched", { state: "SUCCESS" });
  await world().meets("on", { state: "SUCCESS" });
  await world().meets("watched", { state: "SUCCESS" });
  expect(await world().executionsOf("watcher", 1)).toHaveLength(1);
});

test.each([
  ["none", "missing"],
  ["nowhere", "nobody"],
])("a Toggle of what is not there fails (%s)", async (flowId, named) => {
  const { row } = await world().meets(flowId, { state: "FAILED" });
  expect(row.error).toContain(named);
});
