import { createTestWorld, type MemoryExecution } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { echo } from "../debug/echo.ts";
import { fetchLogs } from "./fetch.ts";
import { log } from "./log.ts";
import { purgeLogs } from "./purge-logs.ts";

const DAY_MS = 86_400_000;
const LOGS: NonNullable<MemoryExecution["logs"]> = [
  { time: 1_000, level: "INFO", message: "one", taskId: "a", taskRunId: "a1", attempt: 1 },
  { time: 2_000, level: "DEBUG", message: "two", taskId: "a" },
  { time: 3_000, level: "ERROR", message: "three", taskId: "b" },
];

function worldWithLogs() {
  const world = createTestWorld();
  world.executions.stored = [
    { id: "execution1", namespace: "company.team", flowId: "my-flow", state: "RUNNING", startDate: DAY_MS, logs: LOGS },
  ];
  return world;
}

test("a text is one line, at INFO", async () => {
  await using world = createTestWorld({ variables: { name: "Ada" } });
  expect(await world.run(log, { message: "Hello {{ name }}\nand all" })).toMatchObject({ state: "SUCCESS" });
  expect(world.logs).toEqual([{ level: "INFO", message: "Hello Ada\nand all" }]);
});

test("a list is one line for each element, at the level given", async () => {
  await using world = createTestWorld({ variables: { name: "Ada", level: "WARN" } });
  await world.run(log, { message: ["{{ name }}", 2], level: "{{ level }}" });
  expect(world.logs).toEqual([
    { level: "WARN", message: "Ada" },
    { level: "WARN", message: "2" },
  ]);
});

test("a list that an expression gives is printed as one line", async () => {
  await using world = createTestWorld({ variables: { list: ["a", "b"] } });
  await world.run(log, { message: "{{ list }}" });
  expect(world.logs).toEqual([{ level: "INFO", message: '["a","b"]' }]);
});

test("an unknown level is refused with those that there are", async () => {
  await using world = createTestWorld({ variables: { level: "LOUD" } });
  const outcome = await world.run(log, { message: "x", level: "{{ level }}" });
  expect(outcome.message).toContain('`level`: expected one of TRACE, DEBUG, INFO, WARN, ERROR, but got "LOUD"');
});

test("Echo logs its format", async () => {
  await using world = createTestWorld();
  await world.run(echo, { format: "hi", level: "DEBUG" });
  expect(world.logs).toEqual([{ level: "DEBUG", message: "hi" }]);
});

test("Fetch stores the lines of the execution from INFO on", async () => {
  await using world = worldWithLogs();
  const { outputs } = await world.run(fetchLogs, {});
  expect(outputs?.["size"]).toBe(2);
  const lines = (await world.files.text(String(outputs?.["uri"]))).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { message: "one", level: "INFO", taskId: "a", timestamp: "1970-01-01T00:00:01.000Z", executionId: "execution1" },
    { message: "three", level: "ERROR" },
  ]);
});

test("Fetch can be limited to tasks", async () => {
  await using world = worldWithLogs();
  expect((await world.run(fetchLogs, { tasksId: ["a"], level: "DEBUG" })).outputs?.["size"]).toBe(2);
  expect((await world.run(fetchLogs, { tasksId: "b" })).outputs?.["size"]).toBe(1);
});

test("PurgeLogs deletes by level and date, and counts", async () => {
  await using world = worldWithLogs();
  const endDate = "1970-01-03T00:00:00Z";
  expect((await world.run(purgeLogs, { endDate: "1970-01-01T12:00:00Z" })).outputs).toEqual({ count: 0 });
  expect((await world.run(purgeLogs, { endDate, logLevels: ["ERROR"] })).outputs).toEqual({ count: 1 });
  expect((await world.run(purgeLogs, { endDate, namespace: "company" })).outputs).toEqual({ count: 2 });
});
