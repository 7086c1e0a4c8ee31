import { readFile } from "node:fs/promises";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, type StartedProgram, type TestOptions } from "@capstan/sdk/test-kit";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { containersWith, removeContainer } from "../engine/containers.ts";
import plugin from "../index.ts";
import { startEngine, type TestEngine } from "../testing/docker-engine.ts";
import { REGISTRY_USER, startRegistry } from "../testing/registry.ts";

let docker: TestEngine;
let registry: StartedProgram;
beforeAll(async () => {
  [docker, registry] = await Promise.all([startEngine(), startRegistry()]);
});
afterAll(async () => {
  await Promise.all([docker[Symbol.asyncDispose](), registry[Symbol.asyncDispose]()]);
});
afterEach(async () => {
  const left = await docker.containers();
  for (const id of left) await removeContainer(docker.engine, id);
  if (left.length > 0) throw new Error(`the test has left ${left.length} containers`);
});

/** Runs a task of the plugin by its name, and answers how it ended with what it logged. */
async function runTask(name: string, properties: JsonMap, options: TestOptions = {}) {
  const definition = plugin.definitions.find(({ type }) => type === `io.kestra.plugin.docker.cli.${name}`)!;
  const world = createTestWorld(options);
  onTestFinished(() => world[Symbol.asyncDispose]());
  const given = name === "Run" ? { networkMode: "none", ...properties } : properties;
  const ended = world.run(definition as never, { host: docker.host, ...given });
  return { ...(await ended), world, log: () => world.logs.map(({ message }) => message).join("\n") };
}

const named = (name: string) => `127.0.0.1:${registry.port}/${name}`;
const credentials = () => ({ registry: `127.0.0.1:${registry.port}`, ...REGISTRY_USER });

async function hasImage(name: string): Promise<boolean> {
  const { outputs } = await runTask("ImageLs", { imageNameFilter: name });
  return outputs?.["count"] === 1;
}

test("an image is built from text and files, pushed, removed, and pulled again", async () => {
  const tag = named("app:1");
  const built = await runTask("Build", {
    dockerfile: 'FROM small:1\nARG WHO\nLABEL who=$WHO\nCOPY . /app\nENTRYPOINT ["cat"]\nCMD ["/app/hello.txt"]\n',
    inputFiles: { "hello.txt": "hello", "deep/kept.txt": "kept", "left.log": "left", ".dockerignore": "*.log\n" },
    buildArgs: { WHO: "ann" },
    labels: { team: "data" },
    tags: [tag],
    pull: false,
    push: true,
    credentials: credentials(),
  });
  expect(built.message).toBeUndefined();
  expect(built.outputs?.["imageId"]).toMatch(/^sha256:[\da-f]{64}$/);
  expect(built.log()).toContain("Successfully tagged");

  const list = await runTask("ImageLs", { labelFilter: { team: "data", who: "ann" } });
  expect(list.outputs).toMatchObject({ count: 1, images: [{ id: built.outputs?.["imageId"], repoTags: [tag] }] });

  expect(await runTask("Rm", { imageIds: [tag] })).toMatchObject({ state: "SUCCESS" });
  expect(await hasImage(tag)).toBe(false);
  expect(await runTask("Pull", { image: tag, credentials: credentials() })).toMatchObject({ state: "SUCCESS" });
  expect(await hasImage(tag)).toBe(true);

  const ran = await runTask("Run", { containerImage: tag });
  expect(ran.log()).toContain("hello");
  const listed = await runTask("Run", { containerImage: tag, entryPoint: ["find"], commands: ["/app", "-type", "f"] });
  expect(listed.log().split("\n").toSorted()).toEqual(
    expect.arrayContaining(["/app/.dockerignore", "/app/deep/kept.txt", "/app/hello.txt"]),
  );
  expect(listed.log()).not.toMatch(/left\.log|capstan-dockerfile/);
});

test("a Dockerfile may be a file of the folder, or a stored one", async () => {
  const byPath = await runTask("Build", {
    dockerfile: "docker/App",
    inputFiles: { "docker/App": "FROM small:1\nCOPY a /a\n", a: "1" },
    tags: ["by-path:1"],
    pull: false,
  });
  expect(byPath).toMatchObject({ state: "SUCCESS", message: undefined });
  const world = createTestWorld();
  const uri = await world.files.put("Dockerfile", "FROM small:1\nLABEL stored=yes\n");
  const definition = plugin.definitions.find(({ type }) => type.endsWith(".cli.Build"))!;
  const stored = { host: docker.host, dockerfile: uri, tags: ["stored:1"], pull: false };
  expect(await world.run(definition as never, stored)).toMatchObject({ state: "SUCCESS" });
  await world[Symbol.asyncDispose]();
  expect((await runTask("ImageLs", { labelFilter: { stored: "yes" } })).outputs).toMatchObject({ count: 1 });
});

test.each([
  ["Build", { tags: ["a:1"] }, /there is no Dockerfile in the working folder/],
  ["Build", { tags: ["a:1"], dockerfile: "../Dockerfile" }, /there is no \.\.\/Dockerfile in the working folder/],
  [
    "Build",
    { tags: ["a:1"], dockerfile: "FROM 127.0.0.1:1/none:1", pull: false },
    /the Docker engine says: .*127\.0\.0\.1:1/,
  ],
  ["Build", { tags: ["a:1"], dockerfile: "FROM small:1\nCOPY nothing /", pull: false }, /nothing/],
  [
    "Build",
    { tags: ["a:1"], dockerfile: "FROM small:1", platforms: ["linux/amd64", "linux/arm64"] },
    /`platforms` has several/,
  ],
  ["Build", { tags: [], dockerfile: "FROM small:1" }, /`tags` is empty/],
  ["Push", { tags: [] }, /`tags` is empty/],
  ["Push", { tags: ["127.0.0.1:1/none:1"] }, /the image 127\.0\.0\.1:1\/none:1 can't be pushed: /],
  ["Tag", { sourceImage: "none:1", targetImage: "other:1" }, /no image none:1: pull or build it before/],
  ["Tag", { sourceImage: "small:1", targetImage: "other@sha256:ab" }, /has a digest/],
  ["Rm", { containerIds: ["none"] }, /No such container: none/],
  ["Stop", { containerId: "none" }, /No such container: none/],
  ["Run", { containerImage: "none:1", pullPolicy: "NEVER" }, /no image none:1/],
  ["Prune", { pruneType: "VOLUMES", until: "24h" }, /until/],
])("%s with %j fails with a reason", async (name, properties, message) => {
  const { state, message: told } = await runTask(name, properties);
  expect(state).toBe("FAILED");
  expect(told).toMatch(message);
});

test("a registry that does not know its user refuses, and the password is not told", async () => {
  const tag = named("private:1");
  await runTask("Tag", { sourceImage: "small:1", targetImage: tag });
  const wrong = { registry: `127.0.0.1:${registry.port}`, username: "ann", password: "wrong-secret" };
  for (const given of [{}, { credentials: wrong }]) {
    const { state, message } = await runTask("Push", { tags: [tag], ...given });
    expect(state).toBe("FAILED");
    expect(message).toMatch(/can't be pushed: .* — check that the tag begins with the registry/);
    expect(message).not.toContain("wrong-secret");
  }
  const auth = Buffer.from(`${REGISTRY_USER.username}:${REGISTRY_USER.password}`).toString("base64");
  const config = { auths: { [`http://127.0.0.1:${registry.port}`]: { auth } } };
  const pushed = await runTask("Push", { tags: [tag], config });
  expect(pushed.message).toBeUndefined();
  expect(pushed.log()).toMatch(/Pushed .* as sha256:/);
});

test("a container has files, variables and outputs, and leaves nothing", async () => {
  const { outputs, message, world, log } = await runTask("Run", {
    containerImage: "small:1",
    entryPoint: [""],
    commands: ["sh", "-c", 'cat in.txt; echo; echo "$NAME" > out.txt; echo "::{\\"outputs\\":{\\"a\\":1}}::"'],
    env: { NAME: "ann" },
    inputFiles: { "in.txt": "given" },
    outputFiles: ["out.txt"],
  });
  expect(message).toBeUndefined();
  expect(outputs).toMatchObject({ exitCode: 0, vars: { a: 1 }, outputFiles: { "out.txt": expect.any(String) } });
  expect(await world.files.text((outputs as { outputFiles: Record<string, string> }).outputFiles["out.txt"]!)).toBe(
    "ann\n",
  );
  expect(log()).toContain("given");
});

test("without files a container works where its image says, with its entry point", async () => {
  const { log, outputs } = await runTask("Run", { containerImage: "small:1", commands: ["a", "b"] });
  expect(log()).toContain("by the entry point: a b");
  expect(outputs).toMatchObject({ exitCode: 0 });
  const where = await runTask("Run", { containerImage: "small:1", entryPoint: [""], commands: ["pwd"] });
  expect(where.log().split("\n")).toContain("/");
});

test("a container that fails keeps its outputs", async () => {
  const commands = ["sh", "-c", "exit 9"];
  const { state, message, outputs } = await runTask("Run", { containerImage: "small:1", entryPoint: [""], commands });
  expect({ state, message }).toEqual({ state: "FAILED", message: "Command failed with exit code 9" });
  expect(outputs).toMatchObject({ exitCode: 9 });
});

test("a container without memory says so in the failure of the task", async () => {
  const memory = { memory: "16MB", memorySwap: "16MB" };
  const given = { containerImage: "small:1", entryPoint: ["tail"], commands: ["/dev/zero"], memory };
  const { message } = await runTask("Run", given);
  expect(message).toMatch(
    /^Command failed with exit code 137 \(.*the container ran out of its memory of 16MB: give it more by `memory.memory`\)$/,
  );
});

test.each([
  { how: "told to end", kill: false },
  { how: "killed", kill: true },
])("a container that was not waited for is $how, and removed", async ({ kill }) => {
  const started = await runTask("Run", {
    containerImage: "small:1",
    entryPoint: [""],
    commands: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.05; done"],
    wait: false,
  });
  const { containerId } = (started.outputs as { taskRunner: { containerId: string } }).taskRunner;
  expect(await docker.containers()).toEqual([containerId]);
  expect(await runTask("Stop", { containerId, kill })).toMatchObject({ state: "SUCCESS" });
  // The engine may be at it still.
  await expect.poll(() => docker.containers(), { timeout: 10_000 }).toEqual([]);
});

test("a container that runs is removed by force only, and an image with two names", async () => {
  const started = await runTask("Run", {
    containerImage: "small:1",
    entryPoint: ["sleep"],
    commands: ["600"],
    wait: false,
  });
  const { containerId } = (started.outputs as { taskRunner: { containerId: string } }).taskRunner;
  expect((await runTask("Rm", { containerIds: [containerId] })).message).toMatch(/running container/);
  expect(await runTask("Rm", { containerIds: [containerId], force: true, removeVolumes: true })).toMatchObject({
    state: "SUCCESS",
  });
});

test("unused containers and images are pruned, by label", async () => {
  const created = await docker.engine.ask<{ Id: string }>({
    method: "POST",
    path: "/containers/create",
    body: { Image: "small:1", Labels: { old: "yes" } },
  });
  expect(created.Id).toBeDefined();
  await runTask("Prune", { pruneType: "CONTAINERS", labelFilters: ["other"] });
  expect(await containersWith(docker.engine, "old", "yes")).toHaveLength(1);
  const pruned = await runTask("Prune", { pruneType: "CONTAINERS", labelFilters: ["old=yes"] });
  expect(pruned.world.metrics).toEqual([{ name: "reclaimed.bytes", type: "counter", value: 0 }]);
  expect(await docker.containers()).toEqual([]);
  const image = { dockerfile: "FROM small:1\nLABEL prune=me\n", pull: false };
  await runTask("Build", { ...image, tags: ["prune-me:1"] });
  await runTask("Prune", { pruneType: "IMAGES", dangling: true, labelFilters: ["prune=me"] });
  expect(await hasImage("prune-me:1")).toBe(true);
  await runTask("Prune", { pruneType: "IMAGES", labelFilters: ["prune=me"], until: "24h" });
  expect(await hasImage("prune-me:1")).toBe(true);
  await runTask("Prune", { pruneType: "IMAGES", labelFilters: ["prune=me"] });
  expect(await hasImage("prune-me:1")).toBe(false);
  for (const pruneType of ["NETWORKS", "VOLUMES", "BUILD"])
    expect(await runTask("Prune", { pruneType })).toMatchObject({ state: "SUCCESS" });
});

test("a kill ends a container that a task runs", async () => {
  const interruption = new AbortController();
  const ended = runTask(
    "Run",
    { containerImage: "small:1", entryPoint: ["sleep"], commands: ["600"] },
    { signal: interruption.signal },
  );
  await expect.poll(async () => docker.containers(), { timeout: 20_000 }).toHaveLength(1);
  interruption.abort(new Error("the task was killed"));
  expect(await ended).toMatchObject({ state: "FAILED" });
});

test("Compose is called with its files and arguments", async () => {
  const asked: string[] = [];
  let text = "";
  const { state } = await runTask(
    "Compose",
    {
      composeFile: "services:\n  cache:\n    image: redis:7\n",
      composeFiles: ["over ride.yaml"],
      composeArgs: ["-p", "shop", "up", "--detach"],
    },
    {
      runCommand: async ({ command, workingDirectory, containerImage }) => {
        asked.push(String(containerImage), ...command);
        text = await readFile(`${workingDirectory}/.capstan-compose-0.yaml`, "utf8");
        return { exitCode: 0 };
      },
    },
  );
  expect(state).toBe("SUCCESS");
  expect(asked).toEqual([
    "docker:27.5.1-cli",
    "/bin/sh",
    "-c",
    "set -e\ndocker compose -f .capstan-compose-0.yaml -f 'over ride.yaml' -p shop up --detach",
  ]);
  expect(text).toContain("image: redis:7");
  expect((await runTask("Compose", { composeArgs: [] })).message).toContain("`composeArgs` is empty");
});
