import { type JsonMap, readRecords, type TaskDefinition } from "@capstan/sdk";
import { createTestWorld, type TestOptions } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CapstanServer, startCapstan } from "../testing/capstan-server.ts";
import { count } from "./count.ts";
import { deleteExecution } from "./delete.ts";
import { kill } from "./kill.ts";
import { query } from "./query.ts";
import { resume } from "./resume.ts";

let server: CapstanServer;
beforeAll(async () => {
  server = await startCapstan();
});
afterAll(() => server[Symbol.asyncDispose]());

async function run(task: TaskDefinition, properties: JsonMap, options: TestOptions = {}) {
  await using world = createTestWorld(options);
  const outcome = await world.run(task, { kestraUrl: server.url, ...properties });
  return { ...outcome, world };
}

const log = (namespace: string, id: string, rest = "") =>
  `id: ${id}\nnamespace: ${namespace}\n${rest}tasks:\n  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message: hello\n`;
const fail = (namespace: string, id: string) =>
  `id: ${id}\nnamespace: ${namespace}\ntasks:\n  - id: no\n    type: io.kestra.plugin.core.execution.Fail\n`;
const pause = (namespace: string, id: string, onResume = "") =>
  `id: ${id}\nnamespace: ${namespace}\ntasks:\n  - id: wait\n    type: io.kestra.plugin.core.flow.Pause\n${onResume}`;
const ASKING =
  "    onResume:\n      - id: approved\n        type: BOOL\n      - id: comment\n        type: STRING\n      - id: more\n        type: JSON\n";

interface Shown {
  readonly state: { readonly current: string };
  readonly taskRunList?: readonly { readonly outputs?: unknown }[];
}
const shown = async (id: string) => (await server.call("GET", `/executions/${id}`)) as Shown;

/** Three executions that ended well, one that failed, and one of a namespace below. */
async function history(namespace: string) {
  await server.apply(log(namespace, "good"), fail(namespace, "bad"), log(`${namespace}.below`, "good"));
  const good = [];
  for (const labels of ["team:a", "team:b", "team:a"]) good.push(await server.start(namespace, "good", { labels }));
  const bad = await server.start(namespace, "bad");
  const below = await server.start(`${namespace}.below`, "good");
  return { good, bad, below };
}

test("executions are counted by what they are", async () => {
  const namespace = "count";
  await history(namespace);
  const counts: [JsonMap, number][] = [
    [{}, 5],
    [{ namespaces: [namespace] }, 4],
    [{ namespaces: [namespace, `${namespace}.below`] }, 5],
    [{ namespaces: namespace, states: ["FAILED"] }, 1],
    [{ namespaces: namespace, states: ["FAILED", "SUCCESS"] }, 4],
    [{ namespaces: namespace, flowId: "good" }, 3],
    [{ namespaces: namespace, flowId: "" }, 4],
    [{ namespaces: namespace, startDate: "2020-01-01T00:00:00Z", endDate: "2020-01-02T00:00:00Z" }, 0],
    [{ namespaces: namespace, startDate: "2020-01-01T00:00:00Z", endDate: "2200-01-01T00:00:00Z" }, 4],
    [{ namespaces: namespace, startDate: "2200-01-01T00:00:00Z" }, 0],
  ];
  for (const [properties, expected] of counts)
    expect(
      (await run(count, { namespaces: [namespace, `${namespace}.below`], ...properties })).outputs,
      JSON.stringify(properties),
    ).toEqual({
      count: expected,
    });
});

test.each([
  ["{{ count }}", 0],
  ["true", 1],
])("a count of one execution, with the expression %j, is %d", async (expression, expected) => {
  const namespace = `expression${expected}`;
  await server.apply(log(namespace, "good"));
  await server.start(namespace, "good");
  expect((await run(count, { namespaces: namespace, expression })).outputs).toEqual({ count: expected });
});

test("what can't be a state is refused before the server is asked", async () => {
  const { state, message } = await run(count, { states: ["DONE"] });
  expect(state).toBe("FAILED");
  expect(message).toContain("states");
});

test("executions are searched by what they are", async () => {
  const namespace = "query";
  const { good, bad } = await history(namespace);
  const newestFirst = [bad, ...good.toReversed()];
  const searches: [JsonMap, readonly string[]][] = [
    [{}, newestFirst],
    [{ states: ["FAILED", "KILLED"] }, [bad]],
    [{ flowId: "good" }, good.toReversed()],
    [{ labels: { team: "a" } }, [good[2]!, good[0]!]],
    [{ timeRange: "PT1H" }, newestFirst],
    [{ timeRange: "PT1H", endDate: "2020-01-01T00:00:00Z" }, []],
    [{ timeRange: "PT1H", startDate: "2020-01-01T00:00:00Z" }, []],
    [{ startDate: "2020-01-01T00:00:00Z", endDate: "2200-01-01T00:00:00Z" }, newestFirst],
    [{ endDate: "2020-01-01T00:00:00Z" }, []],
    [{ flowScopes: ["USER"] }, newestFirst],
    [{ flowScopes: ["SYSTEM"] }, []],
    [{ flowScopes: ["SYSTEM", "USER"] }, newestFirst],
    [{ childFilter: "MAIN" }, newestFirst],
    [{ childFilter: "CHILD" }, []],
    [{ triggerExecutionId: "nothing" }, []],
  ];
  for (const [properties, expected] of searches) {
    const { outputs } = await run(query, { namespace, fetchType: "FETCH", ...properties });
    const rows = outputs!["rows"] as { id: string }[];
    expect(
      rows.map(({ id }) => id),
      JSON.stringify(properties),
    ).toEqual(expected);
    expect(outputs!["size"]).toBe(expected.length);
  }
});

test("all pages make one file, and a page is one page", async () => {
  const namespace = "pages";
  const { good, bad } = await history(namespace);
  const stored = await run(query, { namespace, size: 1 });
  const records = await Array.fromAsync(readRecords(await stored.world.files.read(stored.outputs!["uri"] as string)));
  expect(records.map(({ value }) => (value as { id: string }).id)).toEqual([bad, ...good.toReversed()]);
  expect(stored.outputs!["size"]).toBe(4);
  expect(stored.world.metrics).toEqual([{ name: "executions", type: "counter", value: 4 }]);
  const page = await run(query, { namespace, size: 3, page: 2, fetchType: "FETCH" });
  expect(page.outputs).toMatchObject({ rows: [{ id: good[0] }], size: 4 });
});

test.each([
  ["FETCH_ONE", { row: { flowId: "bad", state: { current: "FAILED" } }, size: 4 }],
  ["NONE", { size: 4 }],
])("with %s one request is enough", async (fetchType, expected) => {
  const namespace = `with-${fetchType.toLowerCase().replace("_", "-")}`;
  await history(namespace);
  expect((await run(query, { namespace, fetchType })).outputs).toMatchObject(expected);
});

test("times that contradict each other are refused", async () => {
  const { message } = await run(query, {
    startDate: "2024-01-01T00:00:00Z",
    endDate: "2024-02-01T00:00:00Z",
    timeRange: "P1D",
  });
  expect(message).toBe("`timeRange` can't be given with both `startDate` and `endDate`: leave out one of the three.");
});

test("an execution is resumed with what its pause asks for", async () => {
  await server.apply(pause("resume", "asks", ASKING));
  const id = await server.start("resume", "asks");
  const inputs = { approved: true, comment: "ä, and\nmore", more: { list: [1, "a"] } };
  const { state, message } = await run(resume, { executionId: id, inputs });
  expect([state, message]).toEqual(["SUCCESS", undefined]);
  await server.reaches(id, "SUCCESS");
  const [task] = (await shown(id)).taskRunList!;
  expect(task!.outputs).toMatchObject({ onResume: inputs });
});

test("without an id the execution of the task itself is resumed", async () => {
  await server.apply(pause("resume.own", "waits"));
  const executionId = await server.start("resume.own", "waits");
  expect(await run(resume, {}, { identity: { executionId } })).toMatchObject({ state: "SUCCESS" });
  expect(await server.reaches(executionId, "SUCCESS")).toBe("SUCCESS");
});

test("an execution that is not paused can't be resumed", async () => {
  await server.apply(log("resume.ended", "good"));
  const executionId = await server.start("resume.ended", "good");
  expect((await run(resume, { executionId })).message).toContain(
    `Resuming the execution ${executionId} failed with status 409`,
  );
});

test("an execution is killed", async () => {
  await server.apply(pause("kill", "waits"));
  const executionId = await server.start("kill", "waits");
  expect(await run(kill, { executionId })).toMatchObject({ state: "SUCCESS" });
  expect(await server.reaches(executionId, "KILLED")).toBe("KILLED");
});

test.each([
  [true, "SUCCESS"],
  [false, "FAILED"],
])("with `propagateKill: %s` an execution that has ended makes it %s", async (propagateKill, expected) => {
  const namespace = `kill.ended-${expected.toLowerCase()}`;
  await server.apply(log(namespace, "good"));
  const executionId = await server.start(namespace, "good");
  expect((await run(kill, { executionId, propagateKill })).state).toBe(expected);
});

test("an execution is deleted", async () => {
  await server.apply(log("delete", "good"));
  const executionId = await server.start("delete", "good");
  expect(await run(deleteExecution, { executionId, deleteStorage: false })).toMatchObject({ state: "SUCCESS" });
  await expect(shown(executionId)).rejects.toThrow("404");
});

test.each([
  ["Killing", kill],
  ["Resuming", resume],
  ["Deleting", deleteExecution],
])("%s an execution that isn't there fails with what to check", async (verb, task) => {
  const { message } = await run(task, { executionId: "4uZHIRs2Gi5Snfsr8nmzTA" });
  expect(message).toContain(`${verb} the execution 4uZHIRs2Gi5Snfsr8nmzTA failed with status 404`);
  expect(message).toContain("Check the ids, `tenantId`");
});

test("an id stays one part of the path", async () => {
  const { message } = await run(deleteExecution, { executionId: ".." });
  expect(message).toBe('`executionId` is "..". Give it the name or id that is meant.');
});
