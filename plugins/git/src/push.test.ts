import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, type TestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { commitUrl } from "./commit-url.ts";
import { pushFlows } from "./push-flows.ts";
import { pushNamespaceFiles } from "./push-namespace-files.ts";
import { type GitServer, startGitServer } from "./testing/git-server.ts";

const flow = (id: string, namespace = "dev", more = "") => `id: ${id}\nnamespace: ${namespace}\ntasks: []\n${more}`;

async function worldWith(...flows: readonly string[]): Promise<TestWorld> {
  const world = createTestWorld({ identity: { namespace: "dev", flowId: "own" } });
  for (const source of flows) await world.flows.save(source);
  return world;
}

/** One run, in a working folder of its own; the world's flows and files stay. */
async function run(world: TestWorld, task: TaskDefinition, properties: JsonMap) {
  await using fresh = createTestWorld();
  const context = { ...world.context(task, properties), workingDirectory: () => fresh.workingDirectory() };
  const outputs = (await task.run!(context as never)) as JsonMap;
  const diff = await world.files.text(String(outputs["flows"] ?? outputs["files"]));
  const rows = diff
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JsonMap);
  return { outputs, rows };
}

const filesOf = async (server: GitServer, branch = "main") =>
  (await server.git("ls-tree", "-r", "--name-only", branch).catch(() => "")).split("\n").filter((line) => line !== "");

test("flows are pushed to a branch of an empty repository, and then to the same branch", async () => {
  await using server = await startGitServer();
  await using world = await worldWith(flow("a"), flow("child", "dev.x"), flow("other", "device"));
  const { outputs, rows } = await run(world, pushFlows, { url: server.url });
  expect(await filesOf(server)).toEqual(["_flows/a.yml"]);
  expect(await server.git("show", "main:_flows/a.yml")).toBe(flow("a").trim());
  const head = await server.git("rev-parse", "main");
  expect(outputs).toMatchObject({ commitId: head, commitURL: `${server.url.slice(0, -".git".length)}/commit/${head}` });
  expect(rows).toEqual([{ file: "_flows/a.yml", additions: "+3", deletions: "-0", changes: "3" }]);
  expect(await server.git("log", "-1", "--format=%an <%ae> %s", "main")).toBe(
    "Capstan <capstan@localhost> Push flows by dev.own",
  );

  await world.flows.save(flow("a", "dev", "# more\n"));
  await run(world, pushFlows, {
    url: server.url,
    authorName: "Ada",
    authorEmail: "ada@example.com",
    commitMessage: "Second",
  });
  expect(await server.git("log", "--format=%an <%ae> %s", "main")).toBe(
    "Ada <ada@example.com> Second\nCapstan <capstan@localhost> Push flows by dev.own",
  );
});

test("without a change nothing is committed", async () => {
  await using server = await startGitServer();
  await using world = await worldWith(flow("a"));
  await run(world, pushFlows, { url: server.url });
  const { outputs, rows } = await run(world, pushFlows, { url: server.url });
  expect([outputs["commitId"], rows]).toEqual([undefined, []]);
  expect(await server.git("rev-list", "--count", "main")).toBe("1");
});

test("a dry run tells what would be pushed", async () => {
  await using server = await startGitServer();
  await using world = await worldWith(flow("a"));
  const { outputs, rows } = await run(world, pushFlows, { url: server.url, dryRun: true });
  expect([outputs["commitId"], rows.length, await filesOf(server)]).toEqual([undefined, 1, []]);
});

test("a new branch begins at that of the server, and what is beside the folder stays", async () => {
  await using server = await startGitServer();
  await server.commit("main", { "README.md": "x", "_flows/gone.yml": flow("gone"), "_flows/notes.txt": "kept" });
  await using world = await worldWith(flow("a"));
  await run(world, pushFlows, { url: server.url, branch: "feature/x" });
  expect(await filesOf(server)).toEqual(["README.md", "_flows/gone.yml", "_flows/notes.txt"]);
  expect(await filesOf(server, "feature/x")).toEqual(["README.md", "_flows/a.yml", "_flows/notes.txt"]);
});

test("flows that are gone stay in the branch where nothing is to be removed", async () => {
  await using server = await startGitServer();
  await server.commit("main", { "_flows/gone.yml": flow("gone") });
  await using world = await worldWith(flow("a"));
  await run(world, pushFlows, { url: server.url, delete: false });
  expect(await filesOf(server)).toEqual(["_flows/a.yml", "_flows/gone.yml"]);
});

test("only the flows that are selected are pushed, and no other that is still there is removed", async () => {
  await using server = await startGitServer();
  await server.commit("main", { "_flows/b.yml": flow("b", "old"), "_flows/gone.yml": flow("gone") });
  await using world = await worldWith(flow("a1"), flow("a2"), flow("b"), flow("c"));
  await run(world, pushFlows, { url: server.url, flows: ["a*"] });
  expect(await filesOf(server)).toEqual(["_flows/a1.yml", "_flows/a2.yml", "_flows/b.yml"]);
  expect(await server.git("show", "main:_flows/b.yml")).toBe(flow("b", "old").trim());
});

test("namespaces below become folders, with the namespace that they have there", async () => {
  await using server = await startGitServer();
  await server.commit("main", { "flows/x/y/child.yaml": "old" });
  await using world = await worldWith(flow("a"), flow("child", "dev.x.y"));
  await run(world, pushFlows, {
    url: server.url,
    gitDirectory: "flows",
    includeChildNamespaces: true,
    targetNamespace: "prod",
  });
  expect(await filesOf(server)).toEqual(["flows/a.yml", "flows/x/y/child.yaml"]);
  expect(await server.git("show", "main:flows/x/y/child.yaml")).toBe(flow("child", "prod.x.y").trim());
});

test("who pushed meanwhile is not overwritten", async () => {
  await using server = await startGitServer();
  await server.commit("main", { other: "1" });
  await using world = await worldWith(flow("a"));
  const context = world.context<never>(pushFlows, { url: server.url });
  const put = async (...file: Parameters<typeof context.files.put>) => {
    // The task stores what differs before it pushes.
    await server.commit("main", { other: "2" });
    return world.files.put(...file);
  };
  await expect(pushFlows.run!({ ...context, files: { ...context.files, put } })).rejects.toThrow(
    /^git push failed: .*Somebody pushed meanwhile; try it again\.$/,
  );
  expect(await server.git("show", "main:other")).toBe("2");
});

test("namespace files are pushed, and removed there as here", async () => {
  await using server = await startGitServer();
  await server.commit("main", { "_files/gone.py": "x", "_files/keep/me": "x" });
  await using world = await worldWith();
  await world.services.namespaceFiles.put("dev", "scripts/a.py", "print(1)");
  await world.services.namespaceFiles.put("dev", "b.sql", "select 1");
  const { rows } = await run(world, pushNamespaceFiles, { url: server.url, files: ["*.py", "scripts/**"] });
  expect(await filesOf(server)).toEqual(["_files/keep/me", "_files/scripts/a.py"]);
  expect(rows.map(({ file }) => file)).toEqual(["_files/gone.py", "_files/scripts/a.py"]);
  await run(world, pushNamespaceFiles, { url: server.url, gitDirectory: ".", files: "/b.sql", delete: true });
  expect(await filesOf(server)).toEqual(["_files/keep/me", "_files/scripts/a.py", "b.sql"]);
});

test("that there is nothing to push is a failure where it is to be one", async () => {
  await using server = await startGitServer();
  await using world = await worldWith();
  const properties = { url: server.url, files: ["*.py"], errorOnMissing: true };
  await expect(run(world, pushNamespaceFiles, properties)).rejects.toThrow(
    "The namespace dev has no files that `files` means.",
  );
});

test.each([
  ["https://github.com/a/b.git", "https://github.com/a/b/commit/c1"],
  ["https://github.com/a/b", "https://github.com/a/b/commit/c1"],
  ["https://gitlab.example.com/a/b/c.git", "https://gitlab.example.com/a/b/c/-/commit/c1"],
  ["https://bitbucket.org/a/b/", "https://bitbucket.org/a/b/commits/c1"],
  ["git@github.com:a/b.git", "https://github.com/a/b/commit/c1"],
  ["ssh://git@gitea.example.com:2222/a/b.git", "https://gitea.example.com/a/b/commit/c1"],
  ["git://example.com/a.git", undefined],
])("the page of a commit of %s is %s", (remote, page) => {
  expect(commitUrl(remote, "c1")).toBe(page);
});
