import { chmod, mkdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { workerStop } from "@capstan/sdk";
import { LINE_CHARACTERS_MAX } from "@capstan/sdk/commands";
import { startServer, TEST_OWNER } from "@capstan/sdk/test-kit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { removeContainer } from "../engine/containers.ts";
import { runCommand as runOn, type RunOptions, temporaryFolder } from "../testing/container-world.ts";
import { startEngine, type TestEngine } from "../testing/docker-engine.ts";

let world: TestEngine;
beforeAll(async () => {
  world = await startEngine();
});
afterAll(() => world[Symbol.asyncDispose]());
afterEach(async () => {
  const left = await world.containers();
  for (const id of left) await removeContainer(world.engine, id);
  if (left.length > 0) throw new Error(`the test has left ${left.length} containers`);
});

/** Engines don't always hear why a container was killed. */
const OUT_OF_MEMORY = /the container ran out of its memory of 16MB: give it more by `memory.memory`$/;

const runCommand = (asked: string | readonly string[], options?: RunOptions) => runOn(world.host, asked, options);

test("a command has its output, its exit code and nothing of the worker's environment", async () => {
  const folder = await temporaryFolder();
  const env = { GREETING: "two words" };
  const run = await runCommand('echo "$GREETING"; echo no >&2; pwd; echo "${HOME}$VITEST"; exit 3', { env, folder });
  expect(await run.ended).toEqual({ exitCode: 3, details: { containerId: expect.stringMatching(/^[\da-f]{64}$/) } });
  expect(run.lines.filter((line) => line.startsWith("stdout"))).toEqual([
    "stdout: two words",
    `stdout: ${folder}`,
    "stdout: /",
  ]);
  expect(run.lines).toContain("stderr: no");
});

test("output is there while the command runs", async () => {
  const run = await runCommand("echo begun; sleep 600");
  await run.line("begun");
  run.interrupt();
  expect((await run.ended).exitCode).toBe(137);
});

test("output waits for whoever takes it", async () => {
  const relief = Promise.withResolvers<void>();
  const stalled = Promise.withResolvers<void>();
  const pressure = () => {
    stalled.resolve();
    return relief.promise;
  };
  const run = await runCommand("for n in $(seq 3000); do echo $n; done; echo all", { pressure });
  await stalled.promise;
  expect(run.lines).not.toContain("stdout: all");
  relief.resolve();
  await run.ended;
  expect(run.lines).toHaveLength(3_001);
});

test("a line longer than the limit is cut, in bounded memory", async () => {
  const run = await runCommand(`head -c ${LINE_CHARACTERS_MAX + 10_000} /dev/zero | tr '\\0' x; echo; echo end`);
  await run.ended;
  expect(run.lines.map((line) => line.length - "stdout: ".length)).toEqual([LINE_CHARACTERS_MAX, 3]);
});

test("the working folder goes in and comes back, under its path", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "deep/er"), { recursive: true });
  await writeFile(join(folder, "deep/er/data.txt"), "before");
  await writeFile(join(folder, "run.sh"), "#!/bin/sh\necho ran $0");
  await chmod(join(folder, "run.sh"), 0o755);
  await writeFile(join(folder, "old.txt"), "old");
  await symlink("deep/er/data.txt", join(folder, "short"));
  const script = `${folder}/run.sh; cat short; echo after >> deep/er/data.txt; rm old.txt; mkdir new; ln deep/er/data.txt new/same; mkfifo pipe`;
  const run = await runCommand(script, { folder });
  expect((await run.ended).exitCode).toBe(0);
  expect(run.lines).toEqual([`stdout: ran ${folder}/run.sh`, "stdout: before"]);
  expect(await readFile(join(folder, "deep/er/data.txt"), "utf8")).toBe("beforeafter\n");
  expect(await readFile(join(folder, "new/same"), "utf8")).toBe("beforeafter\n");
  expect((await stat(join(folder, "run.sh"))).mode & 0o777).toBe(0o755);
  expect(await readlink(join(folder, "short"))).toBe("deep/er/data.txt");
  await expect(stat(join(folder, "old.txt"))).rejects.toThrow("ENOENT");
  expect(run.logs).toContain("WARN pipe is left in the container: it is neither a file nor a folder");
});

test("files that a task keeps for itself stay in the container, its output folder comes back", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, ".capstan-script"), "echo own");
  const env = { OUTPUT_DIR: join(folder, ".capstan-output-1") };
  const script =
    "sh .capstan-script; mkdir .capstan-output-1 .capstan-python; touch .capstan-output-1/a .capstan-python/b";
  const run = await runCommand(script, { folder, env });
  await run.ended;
  expect(run.lines).toEqual(["stdout: own"]);
  expect((await stat(join(folder, ".capstan-output-1/a"))).isFile()).toBe(true);
  expect((await stat(join(folder, ".capstan-script"))).isFile()).toBe(true);
  await expect(stat(join(folder, ".capstan-python"))).rejects.toThrow("ENOENT");
});

test("a link that leads out of the folder does not show files of the worker", async () => {
  const folder = await temporaryFolder();
  const script = `ln -s /etc/hostname direct; mkdir -p a/b; ln -s ../.. a/b/up; ln -s a/b/up/../${"../".repeat(8)}etc/hostname winding; ln -s a/b/up/fine inside; echo y > fine`;
  const run = await runCommand(script, { folder });
  await run.ended;
  for (const name of ["direct", "winding"]) await expect(readlink(join(folder, name))).rejects.toThrow("ENOENT");
  expect(await readFile(join(folder, "inside"), "utf8")).toBe("y\n");
  expect(run.logs.filter((line) => line.startsWith("WARN the link"))).toHaveLength(2);
});

test("a file of many megabytes goes in and out", async () => {
  const folder = await temporaryFolder();
  const bytes = 48 * 1_024 * 1_024;
  await writeFile(join(folder, "in.bin"), Buffer.alloc(bytes, "c"));
  const run = await runCommand("cat in.bin in.bin > out.bin; rm in.bin", { folder });
  await run.ended;
  expect((await stat(join(folder, "out.bin"))).size).toBe(2 * bytes);
});

test.each([
  ["", "0:0"],
  ["1000", "1000:0"],
  ["1000:1001", "1000:1001"],
  ["worker", "1234:1235"],
  ["worker:workers", "1234:1236"],
  ["1234", "1234:1235"],
])("files belong to the user %j of the container", async (user, ids) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "mine"), "secret", { mode: 0o600 });
  const properties = user === "" ? {} : { user };
  const run = await runCommand("cat mine; echo; stat -c %u:%g mine; touch here", { folder, properties });
  expect((await run.ended).exitCode).toBe(0);
  expect(run.lines).toEqual(["stdout: secret", `stdout: ${ids}`]);
  expect((await stat(join(folder, "here"))).isFile()).toBe(true);
});

test("a mounted folder is that of the worker", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "a"), "1\n");
  const run = await runCommand("cat a; echo 2 > b; sleep 600", {
    folder,
    properties: { fileHandlingStrategy: "MOUNT" },
  });
  await run.line("1");
  run.interrupt();
  await run.ended;
  expect(await readFile(join(folder, "b"), "utf8")).toBe("2\n");
});

test.each([
  { name: "none by default", properties: {}, command: ["echo", "hi"], line: "hi" },
  {
    name: "the one that is named",
    properties: { entryPoint: ["echo", "first"] },
    command: ["second"],
    line: "first second",
  },
])("the entry point is $name", async ({ properties, command, line }) => {
  const run = await runCommand(command, { properties });
  await run.ended;
  expect(run.lines).toEqual([`stdout: ${line}`]);
});

test("a container shows whose it is", async () => {
  const run = await runCommand("echo up; sleep 600");
  await run.line("up");
  const [id = ""] = await world.containers();
  const { Config, Name } = await world.engine.ask<{ Name: string; Config: { Labels: object } }>({
    path: `/containers/${id}/json`,
  });
  expect(Name).toMatch(/^\/company\.team-nightly-copy-[\da-f]{8}$/);
  expect(Config.Labels).toEqual({
    of: "tests",
    "capstan.key": TEST_OWNER.key,
    "capstan.tenant": "main",
    "kestra.io/namespace": "company.team",
    "kestra.io/flow-id": "nightly",
    "kestra.io/execution-id": "execution1",
    "kestra.io/task-id": "copy",
    "kestra.io/taskrun-id": "run1",
    "kestra.io/taskrun-attempt": "1",
  });
  run.interrupt();
  await run.ended;
});

test("a kill tells the command to end, and kills it after the grace period", async () => {
  const polite = `trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done`;
  const obedient = await runCommand(polite, { properties: { killGracePeriod: "PT5S" } });
  await obedient.line("up");
  obedient.interrupt();
  expect((await obedient.ended).exitCode).toBe(7);
  expect(obedient.lines.at(-1)).toBe("stdout: bye");
  const stubborn = await runCommand("trap '' TERM; echo up; while :; do sleep 0.05; done", {
    properties: { killGracePeriod: "PT1S" },
  });
  await stubborn.line("up");
  stubborn.interrupt();
  expect((await stubborn.ended).exitCode).toBe(137);
});

test("a kill before the start leaves nothing", async () => {
  const run = await runCommand("echo never");
  run.interrupt();
  await expect(run.ended).rejects.toThrow("the task was killed");
  expect(run.lines).toEqual([]);
});

test("a container that runs out of memory says so", async () => {
  const properties = { memory: { memory: "16MB", memorySwap: "16MB" } };
  const run = await runCommand("tail /dev/zero", { properties });
  const ended = await run.ended;
  expect(ended.exitCode).toBe(137);
  expect(ended.reason).toMatch(OUT_OF_MEMORY);
});

test("limits of processors, memory and /dev/shm apply", async () => {
  const properties = { cpu: { cpus: 0.5 }, memory: { memory: "64m" }, shmSize: "8MB", extraHosts: ["db:10.0.0.7"] };
  const script =
    "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us 2>/dev/null || cat memory.max cpu.max; df -k /dev/shm | tail -1 | tr -s ' ' | cut -d' ' -f2; grep db /etc/hosts";
  const run = await runCommand(script, { properties });
  await run.ended;
  expect(run.lines[0]).toBe(`stdout: ${64 * 1_024 * 1_024}`);
  expect(run.lines[1]).toMatch(/^stdout: 50000/);
  expect(run.lines[2]).toBe(`stdout: ${8 * 1_024}`);
  expect(run.lines[3]).toMatch(/10\.0\.0\.7\s+db/);
});

test("a folder of the engine's machine is there as a volume", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "a"), "from outside");
  const run = await runCommand("cat /data/a; touch /data/b", { properties: { volumes: [`${folder}:/data:ro`] } });
  expect((await run.ended).exitCode).toBe(1);
  expect(run.lines).toContain("stdout: from outside");
  expect(run.lines.join()).toContain("Read-only");
});

test.each([
  [
    "a program that is not there",
    ["no-such-program"],
    {},
    /the container does not start: the Docker engine says: .*no-such-program/,
  ],
  [
    "an image that is not there and must not be pulled",
    "true",
    { image: "none:1", pullPolicy: "NEVER" },
    /no image none:1, and `pullPolicy: NEVER`/,
  ],
  [
    "a registry that is not there",
    "true",
    { image: "127.0.0.1:1/none:1" },
    /the image 127.0.0.1:1\/none:1 can't be pulled: .* — check its name/,
  ],
  ["a network that is not there", "true", { networkMode: "nowhere" }, /nowhere/],
])("%s fails with what to do", async (_name, command, properties, message) => {
  const run = await runCommand(command, { properties });
  await expect(run.ended).rejects.toThrow(message);
});

test("without an engine the failure names the ways out", async () => {
  const run = await runOn("unix:///nowhere/d.sock", "true");
  await expect(run.ended).rejects.toThrow(
    /no Docker engine at unix:\/\/\/nowhere\/d\.sock \(ENOENT\): .*runner\.Process}`.*`taskRunners\.docker: process`/,
  );
});

test("a container that is not waited for goes on, and is removed at its end by the engine", async () => {
  const folder = await temporaryFolder();
  const run = await runCommand(`until test -e ${folder}/end; do sleep 0.05; done`, {
    properties: { wait: false, volumes: [`${folder}:${folder}`] },
    folder: await temporaryFolder(),
  });
  expect((await run.ended).exitCode).toBe(0);
  expect(await world.containers()).toHaveLength(1);
  await writeFile(join(folder, "end"), "");
  await expect.poll(() => world.containers(), { timeout: 10_000 }).toEqual([]);
});

test("a container that is kept has ended", async () => {
  const run = await runCommand("echo up; sleep 600", { properties: { delete: false } });
  await run.line("up");
  run.interrupt();
  await run.ended;
  const [id = ""] = await world.containers();
  const { State } = await world.engine.ask<{ State: { Status: string } }>({ path: `/containers/${id}/json` });
  expect(State.Status).toBe("exited");
  await world.engine.ask({ method: "DELETE", path: `/containers/${id}` });
});

test("a container of a trigger ends with its worker, since nobody would ask for it again", async () => {
  const owner = { key: "main/e/1", tenant: "main", namespace: "company.team", flowId: "nightly", triggerId: "look" };
  const run = await runCommand("echo up; sleep 600", { owner });
  await run.line("up");
  run.interrupt(workerStop());
  await run.ended;
  expect(await world.containers()).toEqual([]);
});

test("a kill interrupts a pull", async () => {
  const pulls = Promise.withResolvers<void>();
  await using engine = await startServer((request, response) => {
    if (request.method === "GET") {
      response.writeHead(request.url?.includes("/json?") ? 200 : 404).end("[]");
      return;
    }
    response.writeHead(200).write('{"status":"Pulling"}\n');
    pulls.resolve();
  });
  const run = await runOn(engine.url, "true", { properties: { image: "large:1" } });
  await pulls.promise;
  run.interrupt();
  await expect(run.ended).rejects.toThrow(/abort|kill/i);
});

test("an engine that goes away while a command runs fails the task, and what is left is named", async () => {
  await using engine = await startServer((request, response) => {
    const url = request.url ?? "";
    if (url.includes("/logs?")) {
      const piece = "2026-01-31T12:30:00.123456789Z up\n";
      response.writeHead(200).write(Buffer.from([1, 0, 0, 0, 0, 0, 0, piece.length]));
      response.write(piece, () => response.destroy());
    } else if (request.method === "DELETE") response.writeHead(500).end('{"message":"busy"}');
    else response.end(JSON.stringify(url.includes("/containers/json?") ? [] : { Id: "abc", Config: { User: "" } }));
  });
  const run = await runOn(engine.url, "true");
  await expect(run.ended).rejects.toThrow("the connection to the Docker engine was lost");
  expect(run.lines).toEqual(["stdout: up"]);
  expect(run.logs).toContain("WARN the container abc can't be removed: the Docker engine says: busy");
});

/** Begins a command that waits for a file, and loses its worker. */
async function lostRun(properties = {}) {
  const gate = await temporaryFolder();
  const script = `echo up; until test -e ${gate}/go; do sleep 0.05; done; echo result > result.txt; echo done; exit 5`;
  const options = { key: "main/lost-1/1", properties: { volumes: [`${gate}:${gate}`], ...properties } };
  const first = await runCommand(script, options);
  await first.line("up");
  first.interrupt(workerStop());
  return {
    first,
    again: async (folder?: string) => runCommand(script, { ...options, ...(folder && { folder }) }),
    gate,
  };
}

test("a container outlives its worker, and the attempt goes on with it", async () => {
  const { first, again, gate } = await lostRun();
  await expect(first.ended).rejects.toThrow("the worker stops");
  const before = await world.containers();
  expect(before).toHaveLength(1);
  const folder = await temporaryFolder();
  const second = await again(folder);
  await second.line("up");
  expect(await world.containers()).toEqual(before);
  await writeFile(join(gate, "go"), "");
  expect((await second.ended).exitCode).toBe(5);
  expect(second.lines).toEqual(["stdout: up", "stdout: done"]);
  expect(await readFile(join(folder, "result.txt"), "utf8")).toBe("result\n");
  expect(second.logs[0]).toMatch(/^INFO Attached to container \w{12} again/);
});

test("what ended while there was no worker is collected", async () => {
  const { first, again, gate } = await lostRun();
  await expect(first.ended).rejects.toThrow("the worker stops");
  const [id = ""] = await world.containers();
  await writeFile(join(gate, "go"), "");
  await world.engine.ask({ method: "POST", path: `/containers/${id}/wait` });
  const second = await again();
  expect((await second.ended).exitCode).toBe(5);
  expect(second.lines).toEqual(["stdout: up", "stdout: done"]);
});

test.each([
  { name: "`resume: false`", properties: { resume: false } },
  { name: "a mounted folder", properties: { fileHandlingStrategy: "MOUNT" } },
])("with $name the container ends with its worker, and the attempt starts anew", async ({ properties }) => {
  const { first, again, gate } = await lostRun(properties);
  await first.ended;
  expect(await world.containers()).toEqual([]);
  await writeFile(join(gate, "go"), "");
  const second = await again();
  expect((await second.ended).exitCode).toBe(5);
  expect(second.logs.join()).not.toContain("Attached");
});
