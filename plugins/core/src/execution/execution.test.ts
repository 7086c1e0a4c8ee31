import { createTestWorld } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { toggle } from "../trigger/toggle.ts";
import { assertTask } from "./assert.ts";
import { count } from "./count.ts";
import { fail } from "./fail.ts";
import { purgeExecutions } from "./purge-executions.ts";
import { resume } from "./resume.ts";

const DAY = Date.parse("2024-03-01T00:00:00Z");

function filledWorld() {
  const world = createTestWorld();
  const one = { namespace: "company.team", flowId: "a", state: "SUCCESS", startDate: DAY };
  world.executions.stored = [
    { ...one, id: "1" },
    { ...one, id: "2", state: "FAILED" },
    { ...one, id: "3", flowId: "b", logs: [{ time: DAY, level: "INFO", message: "x" }] },
    { ...one, id: "4", state: "PAUSED" },
  ];
  return world;
}

describe("Fail", () => {
  test("fails with its message when there is no condition", async () => {
    await using world = createTestWorld();
    expect(await world.run(fail, {})).toMatchObject({ state: "FAILED", message: "Task failure" });
    expect(await world.run(fail, { errorMessage: "no rows" })).toMatchObject({ state: "FAILED", message: "no rows" });
    expect(world.logs).toEqual([]);
  });

  test("fails on a condition that holds, and logs its message", async () => {
    await using world = createTestWorld({ variables: { rows: 1 } });
    const outcome = await world.run(fail, { condition: "{{ rows }}", errorMessage: "wrong rows" });
    expect(outcome).toMatchObject({ state: "FAILED", message: "Fail on a condition" });
    expect(world.logs).toEqual([{ level: "ERROR", message: "wrong rows" }]);
  });

  test.each([null, "", "false", "0", "-0", false, 0])("goes on when the condition renders to %j", async (value) => {
    await using world = createTestWorld({ variables: { value } });
    expect(await world.run(fail, { condition: "{{ value }}" })).toMatchObject({ state: "SUCCESS" });
    expect(world.logs).toEqual([]);
  });

  test("a condition that is written as nothing goes on", async () => {
    await using world = createTestWorld();
    expect((await world.run(fail, { condition: "" })).state).toBe("SUCCESS");
  });
});

describe("Assert", () => {
  test("passes when all conditions hold", async () => {
    await using world = createTestWorld({ variables: { yes: true } });
    expect((await world.run(assertTask, { conditions: ["{{ yes }}", "1"] })).state).toBe("SUCCESS");
    expect(world.metrics).toEqual([
      { name: "success", type: "counter", value: 2 },
      { name: "failed", type: "counter", value: 0 },
    ]);
  });

  test("counts what does not hold", async () => {
    await using world = createTestWorld({ variables: { yes: true, no: false, none: null } });
    const conditions = ["{{ no }}", "{{ yes }}", "{{ none }}", "{{ unknown }}"];
    const outcome = await world.run(assertTask, { conditions, errorMessage: "Bad load" });
    expect(outcome).toMatchObject({ state: "FAILED", message: "3 assertions failed!\nBad load" });
    expect(world.logs).toEqual([
      { level: "ERROR", message: 'Condition 1, {{ no }}, does not hold: it rendered to "false"' },
      { level: "ERROR", message: 'Condition 3, {{ none }}, does not hold: it rendered to ""' },
      { level: "ERROR", message: expect.stringContaining("unknown") },
    ]);
    expect(world.metrics.map(({ value }) => value)).toEqual([1, 3]);
    expect(await world.run(assertTask, { conditions: ["{{ no }}"] })).toMatchObject({ message: "1 assertion failed!" });
  });
});

test("Resume resumes with inputs, and fails for an execution that isn't paused", async () => {
  await using world = filledWorld();
  expect((await world.run(resume, { executionId: "4", inputs: { ok: true } })).state).toBe("SUCCESS");
  expect(world.executions.resumed).toEqual([{ executionId: "4", inputs: { ok: true } }]);
  expect(await world.run(resume, { executionId: "4" })).toMatchObject({ state: "FAILED" });
});

describe("Count", () => {
  test("keeps the flows for which the expression renders to true", async () => {
    await using world = createTestWorld({
      renderer: {
        render: (source, extra) => (source === "{{ more }}" ? String(Number(extra?.["count"]) > 1) : source),
        evaluate: (value) => value,
      },
    });
    world.executions.stored = filledWorld().executions.stored;
    const outcome = await world.run(count, {
      flows: [
        { namespace: "company.team", flowId: "a" },
        { namespace: "company.team", flowId: "none" },
      ],
      startDate: "2024-02-01T00:00:00Z",
      expression: "{{ more }}",
    });
    expect(outcome.outputs).toEqual({ results: [{ namespace: "company.team", flowId: "a", count: 3 }], total: 3 });
  });

  test("needs to know where to count", async () => {
    await using world = createTestWorld();
    const outcome = await world.run(count, { startDate: "2024-02-01", expression: "true" });
    expect(outcome.message).toContain("give `flows`, `namespaces` or both");
  });
});

test("PurgeExecutions deletes ended executions only, and what is asked for", async () => {
  await using world = filledWorld();
  const endDate = "2024-03-02T00:00:00Z";
  const failed = await world.run(purgeExecutions, { endDate, states: ["FAILED"], purgeLog: false });
  expect(failed.outputs).toEqual({ executionsCount: 1, logsCount: 0, storagesCount: 0, metricsCount: 0 });
  const rest = await world.run(purgeExecutions, { endDate, namespace: "company" });
  expect(rest.outputs).toMatchObject({ executionsCount: 2, logsCount: 1 });
  expect(world.executions.stored.map(({ id }) => id)).toEqual(["4"]);
});

test("Toggle disables by default, for this flow by default", async () => {
  await using world = createTestWorld();
  await world.run(toggle, { trigger: "schedule" });
  await world.run(toggle, { trigger: "hook", namespace: "other", flowId: "f", enabled: true });
  expect([...world.executions.triggers]).toEqual([
    ["company.team.my-flow.schedule", { disabled: true }],
    ["other.f.hook", { disabled: false }],
  ]);
});
