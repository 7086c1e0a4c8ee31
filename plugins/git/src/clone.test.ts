import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { clone } from "./clone.ts";
import { type GitServer, startGitServer } from "./testing/git-server.ts";

/** A clone with these properties: what it came to, and the files that are there then. */
async function cloned(server: GitServer, properties: JsonMap = {}, before: Readonly<Record<string, string>> = {}) {
  await using world = createTestWorld();
  const folder = await world.workingDirectory();
  for (const [name, text] of Object.entries(before)) await writeFile(join(folder, name), text);
  const { state, message, outputs } = await world.run(clone, { url: server.url, ...properties });
  const target = String(outputs?.["directory"] ?? folder);
  const paths = readdirSync(target, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = new Map(
    paths.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [relative(target, path), readFileSync(path, "utf8")] as const;
    }),
  );
  const names = readdirSync(target).filter((name) => name !== ".git");
  return {
    state,
    message,
    place: target.slice(folder.length),
    names,
    files,
    version: files.get("version"),
    log: world.logs,
  };
}

async function withHistory() {
  const server = await startGitServer();
  const first = await server.commit("main", { version: "1" }, "first");
  await server.git("tag", "v1", first);
  const second = await server.commit("main", { version: "2" }, "second");
  await server.commit("dev", { version: "dev" }, "on dev");
  return { server, first, second };
}

test("the server's own branch is cloned into the working folder", async () => {
  const { server } = await withHistory();
  await using _server = server;
  const { place, version, log } = await cloned(server);
  expect([place, version]).toEqual(["", "2"]);
  expect(log.map(({ message }) => message)).toEqual([expect.stringMatching(/^http:.* is at [\da-f]+ second$/)]);
});

test("a branch, a tag and a commit are checked out by their names", async () => {
  const { server, first } = await withHistory();
  await using _server = server;
  const versions = [{ branch: "dev" }, { tag: "v1" }, { commit: first }].map(
    async (wanted) => (await cloned(server, wanted)).version,
  );
  expect(await Promise.all(versions)).toEqual(["dev", "1", "1"]);
});

test.each([
  [{}, ["refs/remotes/origin/dev", "refs/remotes/origin/main", "refs/tags/v1"]],
  [{ cloneAllBranches: false }, ["refs/remotes/origin/main", "refs/tags/v1"]],
  [{ cloneAllBranches: false, noTags: true }, ["refs/remotes/origin/main"]],
])("of other branches and tags, %j fetches %j", async (properties, expected) => {
  const { server } = await withHistory();
  await using _server = server;
  const { files } = await cloned(server, properties);
  const packed = files.get(".git/packed-refs")?.match(/refs\/(?:remotes|tags)\/\S+/g) ?? [];
  const loose = [...files.keys()]
    .map((path) => path.slice(".git/".length))
    .filter((path) => /^refs\/(?:remotes|tags)/.test(path));
  expect([...new Set([...packed, ...loose])].toSorted()).toEqual(expected);
});

test("of history so much is fetched as is asked for", async () => {
  const { server, second } = await withHistory();
  await using _server = server;
  /** Commits whose parents are left out. */
  const ends = async (properties: JsonMap) =>
    (await cloned(server, { cloneAllBranches: false, noTags: true, ...properties })).files.get(".git/shallow") ?? "";
  expect(await ends({})).toContain(second);
  expect(await ends({ depth: 2 })).not.toContain(second);
  expect(await ends({ depth: 0 })).toBe("");
});

test("files that are there already stay beside those of the repository", async () => {
  const { server } = await withHistory();
  await using _server = server;
  const { names, files } = await cloned(server, {}, { mine: "kept" });
  expect([names, files.get("mine")]).toEqual([["mine", "version"], "kept"]);
});

test("a file that is there already is not overwritten", async () => {
  const { server } = await withHistory();
  await using _server = server;
  const { state, message, version } = await cloned(server, {}, { version: "mine" });
  expect([state, version]).toEqual(["FAILED", "mine"]);
  expect(message).toContain("would be overwritten by checkout");
});

test("a folder below the working folder is made, and none outside of it", async () => {
  const { server } = await withHistory();
  await using _server = server;
  expect(await cloned(server, { directory: "a/b" })).toMatchObject({ place: "/a/b", version: "2" });
  expect((await cloned(server, { directory: "../b" })).message).toContain("leads out of the working folder");
});

test("submodules are fetched where they are wanted", async () => {
  await using part = await startGitServer();
  await part.commit("main", { piece: "of a part" });
  await using server = await startGitServer();
  const commit = await part.git("rev-parse", "main");
  await server.commit("main", { ".gitmodules": `[submodule "part"]\n\tpath = part\n\turl = ${part.url}\n` });
  const tree = await server.git("ls-tree", "main");
  await server.git("read-tree", "main");
  await server.git("update-index", "--add", "--cacheinfo", `160000,${commit},part`);
  const written = await server.git("write-tree");
  expect(written).not.toBe(tree);
  const next = await server.git(
    "-c",
    "user.name=a",
    "-c",
    "user.email=a@b",
    "commit-tree",
    written,
    "-p",
    "main",
    "-m",
    "part",
  );
  await server.git("update-ref", "refs/heads/main", next);
  expect((await cloned(server, { cloneSubmodules: true })).files.get("part/piece")).toBe("of a part");
  expect((await cloned(server)).files.get("part/piece")).toBeUndefined();
});

test.each([{ username: "ada", password: "s3cret-token" }, { url: "with the login in it" }])(
  "a private repository is cloned with %j, of which nothing stays",
  async (properties) => {
    await using server = await startGitServer({ login: "ada:s3cret-token" });
    await server.commit("main", { version: "1" });
    const url = server.url.replace("//", "//ada:s3cret-token@");
    const { version, files, log } = await cloned(server, "url" in properties ? { url } : properties);
    expect(version).toBe("1");
    expect(files.get(".git/config")).not.toContain("s3cret");
    expect(JSON.stringify(log)).not.toContain("s3cret");
  },
);

test.each([
  [{}, "Check `username` and `password`."],
  [{ username: "ada", password: "wrong-one" }, "Check `username` and `password`."],
])("who logs in with %j is told so, and left nothing", async (properties, hint) => {
  await using server = await startGitServer({ login: "ada:s3cret-token" });
  const folders = () => readdirSync(tmpdir()).filter((name) => /^capstan-git-(?!server)/.test(name));
  const before = new Set(folders());
  const { state, message } = await cloned(server, properties);
  expect(state).toBe("FAILED");
  expect(message).toMatch(/^git (?:fetch|ls-remote) failed: /);
  expect(message).toContain(hint);
  expect(message).not.toContain("wrong-one");
  expect(folders().filter((name) => !before.has(name))).toEqual([]);
});

test("a login is not given to another server", async () => {
  await using other = await startGitServer({ login: "ada:s3cret-token" });
  await using server = await startGitServer({ login: "ada:s3cret-token" });
  await server.commit("main", {
    ".gitmodules": `[submodule "part"]\n\tpath = part\n\turl = ${other.url}\n`,
    version: "1",
  });
  await server.git("read-tree", "main");
  await server.git("update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},part`);
  const tree = await server.git("write-tree");
  const next = await server.git(
    "-c",
    "user.name=a",
    "-c",
    "user.email=a@b",
    "commit-tree",
    tree,
    "-p",
    "main",
    "-m",
    "part",
  );
  await server.git("update-ref", "refs/heads/main", next);
  const { message } = await cloned(server, { username: "ada", password: "s3cret-token", cloneSubmodules: true });
  expect(message).toContain("could not read Username");
});

test.each([
  ["/etc", "`url` is no address of a repository"],
  ["file:///etc", "`url` is no address of a repository"],
  ["ext::sh -c id", "`url` is no address of a repository"],
  ["--upload-pack=id", "`url` is no address of a repository"],
  ["ssh://-oProxyCommand=id/x", "`url` is no address of a repository"],
])("the address %s is refused", async (url, message) => {
  await using server = await startGitServer();
  expect(await cloned(server, { url })).toMatchObject({ state: "FAILED", message: expect.stringContaining(message) });
});

test("a branch that is not there is named", async () => {
  const { server } = await withHistory();
  await using _server = server;
  expect((await cloned(server, { branch: "no-such" })).message).toContain("no-such");
  expect((await cloned(server, { branch: "--help" })).state).toBe("FAILED");
});

test("an empty repository is told of", async () => {
  await using server = await startGitServer();
  expect((await cloned(server)).message).toBe("The repository has no branch of its own yet. Name one as `branch`.");
});

test("a kill ends a clone that waits for the server", async () => {
  await using server = await startGitServer({ isSilent: true });
  const abort = new AbortController();
  await using world = createTestWorld({ signal: abort.signal });
  const running = world.run(clone, { url: server.url });
  while (server.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  abort.abort(new Error("killed"));
  expect(await running).toMatchObject({ state: "FAILED", message: "killed" });
});

test("a server that is silent for longer than it may be fails the task", async () => {
  await using server = await startGitServer({ isSilent: true });
  const { message } = await cloned(server, { readTimeout: 1_000 });
  expect(message).toMatch(/^git ls-remote failed: .*(?:too slow|timed out|Operation too slow)/i);
});
