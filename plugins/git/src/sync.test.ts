import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, type TestWorld } from "@capstan/sdk/test-kit";

import { afterAll, expect, test } from "vitest";
import { syncFlow } from "./sync-flow.ts";
import { syncFlows } from "./sync-flows.ts";
import { syncNamespaceFiles } from "./sync-namespace-files.ts";
import { type GitServer, startGitServer } from "./testing/git-server.ts";

/** A folder of the worker that no repository may lead to, with what would be a flow in it. */
const FOLDER = mkdtempSync(join(tmpdir(), "capstan-git-secret-"));
const SECRET = join(FOLDER, "secret.yml");
afterAll(() => rmSync(FOLDER, { recursive: true }));

const flow = (id: string, more = "tasks: []") => `# kept\nid: ${id}\nnamespace: "prod" # of the other one\n${more}\n`;

writeFileSync(SECRET, flow("secret"));

/** A repository with these files, on `main`. */
async function repository(files: Parameters<GitServer["commit"]>[1]): Promise<GitServer> {
  const server = await startGitServer();
  await server.commit("main", files);
  return server;
}

/** One run, in a working folder of its own; the world's flows and files stay. */
async function run(world: TestWorld, task: TaskDefinition, properties: JsonMap) {
  await using fresh = createTestWorld();
  const context = { ...world.context(task, properties), workingDirectory: () => fresh.workingDirectory() };
  try {
    const outputs = (await task.run!(context as never)) as JsonMap;
    const report = outputs["flows"] ?? outputs["files"];
    const rows =
      report === undefined ? [] : (await world.files.text(String(report))).split("\n").filter((line) => line !== "");
    return { outputs, rows: rows.map((line) => JSON.parse(line) as JsonMap), message: undefined };
  } catch (error) {
    return { outputs: {}, rows: [], message: (error as Error).message };
  }
}

const keys = (world: TestWorld) => [...world.flows.stored.keys()];

test("flows of a branch become those of a namespace, as they are written", async () => {
  await using server = await repository({
    "_flows/a.yml": flow("a"),
    "_flows/below/b.yaml": flow("b"),
    "_flows/README.md": "x",
  });
  await using world = createTestWorld();
  const { rows } = await run(world, syncFlows, { url: server.url, targetNamespace: "dev" });
  expect(rows).toEqual([{ flowId: "a", namespace: "dev", revision: 1, gitPath: "_flows/a.yml", syncState: "ADDED" }]);
  expect(world.flows.stored.get("dev/a")?.source).toBe("# kept\nid: a\nnamespace: dev # of the other one\ntasks: []\n");
  expect(keys(world)).toEqual(["dev/a"]);
});

test("folders below are namespaces below, where they are wanted", async () => {
  await using server = await repository({ "flows/a.yml": flow("a"), "flows/x/y/b.yaml": flow("b") });
  await using world = createTestWorld();
  await run(world, syncFlows, {
    url: server.url,
    targetNamespace: "dev",
    gitDirectory: "/flows/",
    includeChildNamespaces: true,
  });
  expect(keys(world)).toEqual(["dev/a", "dev.x.y/b"]);
});

test("what is gone from the branch is deleted where that is wanted, but not the flow that runs it", async () => {
  await using server = await repository({
    "_flows/a.yml": flow("a"),
    "_flows/changed.yml": flow("changed", "tasks: [1]"),
  });
  await using world = createTestWorld({ identity: { namespace: "dev", flowId: "own" } });
  for (const [id, namespace] of [
    ["a", "dev"],
    ["changed", "dev"],
    ["old", "dev"],
    ["own", "dev"],
    ["child", "dev.x"],
    ["other", "device"],
  ])
    await world.flows.save(flow(id!).replace('"prod"', namespace!));
  const properties = { url: server.url, targetNamespace: "dev" };
  const states = (rows: readonly JsonMap[]) =>
    rows.map(({ flowId, syncState }) => `${String(flowId)} ${String(syncState)}`);
  const expected = ["a UNCHANGED", "changed UPDATED"];
  expect(states((await run(world, syncFlows, { ...properties, dryRun: true, delete: true })).rows)).toEqual([
    ...expected,
    "old DELETED",
  ]);
  expect(world.flows.stored.get("dev/changed")?.revision).toBe(1);
  expect(states((await run(world, syncFlows, properties)).rows)).toEqual(expected);
  expect(world.flows.stored.get("dev/changed")?.revision).toBe(2);
  await run(world, syncFlows, { ...properties, delete: true });
  expect(keys(world).toSorted()).toEqual(["dev.x/child", "dev/a", "dev/changed", "dev/own", "device/other"]);
  await run(world, syncFlows, { ...properties, delete: true, includeChildNamespaces: true });
  expect(keys(world).toSorted()).toEqual(["dev/a", "dev/changed", "dev/own", "device/other"]);
});

test("one flow with a mistake stops all before anything is changed, unless it may be left out", async () => {
  await using server = await repository({ "_flows/a.yml": flow("a"), "_flows/bad.yml": flow("bad", "tasks_: []") });
  await using world = createTestWorld();
  const properties = { url: server.url, targetNamespace: "dev", delete: true };
  const { message } = await run(world, syncFlows, properties);
  expect(message).toContain("Nothing was changed");
  expect(message).toContain("bad.yml: Invalid Flow");
  expect(keys(world)).toEqual([]);
  await run(world, syncFlows, { ...properties, ignoreInvalidFlows: true });
  expect(keys(world)).toEqual(["dev/a"]);
  expect(world.logs.filter(({ level }) => level === "WARN").map(({ message }) => message)).toEqual([
    expect.stringContaining("left out bad.yml"),
  ]);
});

test.each([
  [{ "_flows/a.yml": flow("a"), "_flows/b.yml": flow("a") }, "b.yml: it is the flow dev.a, which a.yml is too"],
  [{ "_flows/a.yml": "id: a\ntasks: []" }, "a.yml is no flow: it has no `namespace`"],
  [{ "_flows/a.yml": "id: [" }, "a.yml is no YAML"],
  [{ other: "" }, "The branch has no folder _flows"],
])("%j is refused", async (files, expected) => {
  await using server = await repository(files);
  await using world = createTestWorld();
  const { message } = await run(world, syncFlows, { url: server.url, targetNamespace: "dev" });
  expect(message).toContain(expected);
  expect(keys(world)).toEqual([]);
});

test("a missing folder is no flows where that is allowed", async () => {
  await using server = await repository({ other: "" });
  await using world = createTestWorld();
  const { rows, message } = await run(world, syncFlows, {
    url: server.url,
    targetNamespace: "dev",
    failOnMissingDirectory: false,
  });
  expect([rows, message]).toEqual([[], undefined]);
});

test.each([
  [{ "_flows/a.yml": { link: SECRET } }, {}],
  [{ _flows: { link: FOLDER } }, {}],
  [{ _flows: { link: FOLDER } }, { failOnMissingDirectory: false }],
  [{ below: { link: FOLDER } }, { gitDirectory: "below/", failOnMissingDirectory: false }],
])("links of a repository are not followed: %j", async (files, properties) => {
  await using server = await repository(files);
  await using world = createTestWorld();
  await run(world, syncFlows, { url: server.url, targetNamespace: "dev", ignoreInvalidFlows: true, ...properties });
  expect(keys(world)).toEqual([]);
});

test("no folder outside of the repository is read", async () => {
  await using server = await repository({ "_flows/a.yml": flow("a") });
  await using world = createTestWorld();
  const properties = { url: server.url, targetNamespace: "dev", flowPath: `../..${SECRET}` };
  expect((await run(world, syncFlow, properties)).message).toContain("leads out of the working folder");
});

test("one flow is taken over alone", async () => {
  await using server = await repository({ "_flows/a.yml": flow("a"), "_flows/b.yml": flow("b") });
  await using world = createTestWorld();
  const properties = { url: server.url, targetNamespace: "dev", flowPath: "_flows/b.yml" };
  expect((await run(world, syncFlow, { ...properties, dryRun: true })).outputs).toEqual({
    flowId: "b",
    namespace: "dev",
    revision: 1,
  });
  expect(keys(world)).toEqual([]);
  await run(world, syncFlow, properties);
  expect(keys(world)).toEqual(["dev/b"]);
  expect((await run(world, syncFlow, { ...properties, flowPath: "_flows/c.yml" })).message).toBe(
    "The branch main has no file _flows/c.yml.",
  );
});

test("namespace files become those of a branch, but for what is ignored", async () => {
  await using server = await repository({
    "_files/scripts/a.py": "print(1)",
    "_files/same": "same",
    "_files/notes.tmp": "x",
    "_files/.kestraignore": "*.tmp\n",
  });
  await using world = createTestWorld({ identity: { namespace: "dev" } });
  const { namespaceFiles } = world.services;
  for (const [path, content] of [
    ["same", "same"],
    ["scripts/a.py", "print(0)"],
    ["old", "old"],
  ])
    await namespaceFiles.put("dev", path!, content!);
  const states = (rows: readonly JsonMap[]) =>
    rows.map(({ kestraPath, syncState }) => `${String(kestraPath)} ${String(syncState)}`);
  const expected = ["same UNCHANGED", "scripts/a.py UPDATED"];
  expect(states((await run(world, syncNamespaceFiles, { url: server.url, dryRun: true, delete: true })).rows)).toEqual([
    ...expected,
    "old DELETED",
  ]);
  expect(await text(await namespaceFiles.read("dev", "scripts/a.py"))).toBe("print(0)");
  expect(states((await run(world, syncNamespaceFiles, { url: server.url })).rows)).toEqual(expected);
  expect(await text(await namespaceFiles.read("dev", "scripts/a.py"))).toBe("print(1)");
  await run(world, syncNamespaceFiles, { url: server.url, delete: true });
  expect(await namespaceFiles.list("dev")).toEqual(["same", "scripts/a.py"]);
  await run(world, syncNamespaceFiles, { url: server.url, namespace: "other", gitDirectory: "_files/scripts" });
  expect(await namespaceFiles.list("other")).toEqual(["a.py"]);
});
