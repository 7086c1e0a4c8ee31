import { type JsonMap, readRecords, type TaskDefinition } from "@capstan/sdk";
import { createTestWorld, type TestOptions } from "@capstan/sdk/test-kit";
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fetch as fetchLogs } from "../logs/fetch.ts";
import { list as listNamespaces } from "../namespaces/list.ts";
import { namespacesWithFlows } from "../namespaces/namespaces-with-flows.ts";
import { type CapstanServer, startCapstan } from "../testing/capstan-server.ts";
import { exportById } from "./export-by-id.ts";
import { exportFlows } from "./export.ts";
import { list } from "./list.ts";

let server: CapstanServer;
const READER = { username: "reader@example.org", password: "Correct-horse-1" };
const FLOWS = [
  ["company.data", "load", "team: data"],
  ["company.data", "report", "team: sales"],
  ["company.data.raw", "store", "team: data"],
  ["other", "load", "team: data"],
] as const;
const sourceOf = (namespace: string, id: string, label: string) =>
  `id: ${id}\nnamespace: ${namespace}\nlabels:\n  ${label}\ntasks:\n` +
  ["quiet:DEBUG", "loud:WARN"]
    .map((task) => task.split(":"))
    .map(
      ([name, level]) =>
        `  - id: ${name}\n    type: io.kestra.plugin.core.log.Log\n    level: ${level}\n    message: "${name} of ${id}"\n`,
    )
    .join("");

beforeAll(async () => {
  server = await startCapstan(READER);
  await server.apply(...FLOWS.map(([namespace, id, label]) => sourceOf(namespace, id, label)));
});
afterAll(() => server[Symbol.asyncDispose]());

async function run(task: TaskDefinition, properties: JsonMap = {}, options: TestOptions = {}) {
  const world = createTestWorld(options);
  const outcome = await world.run(task, { kestraUrl: server.url, auth: READER, ...properties });
  return { ...outcome, world };
}

/** Names and contents of what is in a stored archive. */
async function archived(task: TaskDefinition, properties: JsonMap): Promise<Record<string, string>> {
  const { outputs, message, world } = await run(task, properties);
  await using _disposed = world;
  expect(message).toBeUndefined();
  const path = join(await world.workingDirectory(), "flows.zip");
  await writeFile(path, await buffer(await world.files.read(outputs!["flowsZip"] as string)));
  const read =
    "import json,sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(json.dumps({n: z.read(n).decode() for n in sorted(z.namelist())}))";
  return JSON.parse(execFileSync("python3", ["-c", read, path], { encoding: "utf8" })) as Record<string, string>;
}

test.each([
  [{}, ["company.data/load", "company.data/report", "company.data.raw/store", "other/load"]],
  [{ namespace: "company.data" }, ["company.data/load", "company.data/report"]],
  [{ namespace: "" }, ["company.data/load", "company.data/report", "company.data.raw/store", "other/load"]],
  [{ namespace: "nothing" }, []],
])("with %j the flows are %j", async (properties, expected) => {
  const { outputs } = await run(list, properties);
  const flows = outputs!["flows"] as { namespace: string; id: string; revision: number }[];
  expect(flows.map(({ namespace, id }) => `${namespace}/${id}`).toSorted()).toEqual(expected.toSorted());
  expect(flows.every(({ revision }) => revision === 1)).toBe(true);
});

test.each([
  [{}, [0, 1, 2, 3]],
  [{ namespace: "company.data" }, [0, 1, 2]],
  [{ labels: ["team:data"] }, [0, 2, 3]],
  [{ labels: "team: data", namespace: "company" }, [0, 2]],
  [{ namespace: "nothing" }, []],
])("with %j the archive has the sources of flows %j", async (properties, expected) => {
  const wanted = expected.map((index) => FLOWS[index]!);
  expect(await archived(exportFlows, properties)).toEqual(
    Object.fromEntries(
      wanted.map(([namespace, id, label]) => [`${namespace}.${id}.yml`, sourceOf(namespace, id, label)]),
    ),
  );
});

test.each(["team", ":data", "team:"])("%j is no label, and not all flows", async (label) => {
  const { message } = await run(exportFlows, { labels: [label] });
  expect(message).toBe(`The label "${label}" is not written as \`key:value\`.`);
});

test("chosen flows are exported", async () => {
  const flows = [
    { namespace: "other", id: "load" },
    { namespace: "company.data", id: "report" },
  ];
  expect(Object.keys(await archived(exportById, { flows }))).toEqual(["company.data.report.yml", "other.load.yml"]);
});

test.each([
  [[], "`flows` is empty: name the flows that are exported."],
  [[{ namespace: "other", id: "gone" }], "Exporting flows failed with status 404"],
])("an export of %j fails", async (flows, expected) => {
  const { message, world } = await run(exportById, { flows });
  expect(message).toContain(expected);
  expect(world.files.uris()).toEqual([]);
});

test.each([
  [{}, ["company", "company.data", "company.data.raw", "other"]],
  [{ existingOnly: true }, ["company.data", "company.data.raw", "other"]],
  [{ prefix: "company.data" }, ["company.data", "company.data.raw"]],
  [{ prefix: "data" }, []],
  [{ size: 1 }, ["company", "company.data", "company.data.raw", "other"]],
  [{ size: 1, page: 2 }, ["company.data"]],
])("with %j the namespaces are %j", async (properties, expected) => {
  const { outputs } = await run(listNamespaces, properties);
  const namespaces = outputs!["namespaces"] as string[];
  expect(namespaces.filter((name) => name !== "system")).toEqual(expected);
});

test.each([
  [{}, ["company.data", "company.data.raw", "other"]],
  [{ prefix: "company.data." }, ["company.data.raw"]],
  [{ prefix: "data" }, []],
])("with %j the namespaces with flows are %j", async (properties, expected) => {
  expect((await run(namespacesWithFlows, properties)).outputs).toEqual({ namespaces: expected });
});

test.each([
  [{}, ["loud of load"]],
  [{ level: "DEBUG" }, ["quiet of load", "loud of load"]],
  [{ level: "ERROR" }, []],
  [{ level: "DEBUG", tasksId: "quiet" }, ["quiet of load"]],
  [{ level: "DEBUG", tasksId: ["loud", "quiet"] }, ["quiet of load", "loud of load"]],
])("with %j the log of an execution is %j", async (properties, expected) => {
  const executionId = await server.start("other", "load");
  const { outputs, world } = await run(fetchLogs, { executionId, ...properties });
  const records = await Array.fromAsync(readRecords(await world.files.read(outputs!["uri"] as string)));
  const messages = records.map(({ value }) => (value as { message: string }).message);
  expect(messages.filter((message) => message.endsWith("of load"))).toEqual(expected);
  expect(outputs!["size"]).toBe(records.length);
});

test("without an id it is the log of the execution that the task runs in", async () => {
  const executionId = await server.start("other", "load");
  const { outputs } = await run(fetchLogs, { level: "WARN" }, { identity: { executionId } });
  expect(outputs).toMatchObject({ size: 1 });
});

test.each([
  [undefined, "The server wants to know who asks: give `auth`"],
  [{ ...READER, password: "Wrong-horse-1" }, "Check `auth`: the token, or the name and the password."],
])("with the credentials %j the server says no, and the message what to do", async (auth, expected) => {
  for (const task of [list, exportFlows]) {
    const { message } = await run(task, auth === undefined ? { auth: {} } : { auth });
    expect(message).toContain("failed with status 401");
    expect(message).toContain(expected);
    expect(message).not.toContain("horse");
  }
});
