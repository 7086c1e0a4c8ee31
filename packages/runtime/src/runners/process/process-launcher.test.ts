import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turnIsOver } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import type { HelperKind } from "./helper-process.ts";
import { LINE_CHARACTERS_MAX } from "@capstan/sdk/commands";
import { createProcessLauncher, type ProcessLauncherOptions } from "./process-launcher.ts";

const hasPython = (() => {
  try {
    execFileSync("python3", ["-c", "import os; os.posix_spawn"]);
    return true;
  } catch {
    return false;
  }
})();

const KINDS: readonly HelperKind[] = hasPython ? ["python", "node"] : ["node"];

async function setup(kind: HelperKind, options: Partial<ProcessLauncherOptions> = {}) {
  const directory = await mkdtemp(join(tmpdir(), "launcher-test-"));
  const launcher = createProcessLauncher({ directory, helpers: [kind], stragglersMs: 100, ...options });
  onTestFinished(async () => {
    await launcher.close();
    await rm(directory, { recursive: true, force: true });
  });
  const lines: string[] = [];
  const seen = new Map<string, () => void>();
  const run = (
    script: string,
    more: { signal?: AbortSignal; env?: Record<string, string>; folder?: string; command?: string[] } = {},
  ) =>
    launcher.run(
      {
        command: more.command ?? ["/bin/sh", "-c", script],
        env: more.env ?? {},
        workingDirectory: more.folder ?? directory,
        onLine: (stream, line) => {
          lines.push(`${stream}: ${line}`);
          for (const [text, resolve] of seen) if (line.includes(text)) resolve();
        },
      },
      more.signal ?? new AbortController().signal,
    );
  const printed = (text: string) => new Promise<void>((resolve) => seen.set(text, resolve));
  return { launcher, run, lines, printed, directory };
}

/** A zombie that nobody has collected yet counts as gone. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
}

describe.each(KINDS)("with the %s helper", (kind) => {
  test("tells both streams apart and the exit code", async () => {
    const { run, lines } = await setup(kind);
    expect(await run("echo out; echo err >&2; exit 3")).toEqual({ exitCode: 3 });
    expect(lines.toSorted()).toEqual(["stderr: err", "stdout: out"]);
  });

  test("tells the signal that ended a process, apart from an exit code of the same number", async () => {
    const { run } = await setup(kind);
    expect(await run("kill -TERM $$")).toEqual({ exitCode: 143, signal: "SIGTERM" });
    expect(await run("exit 143")).toEqual({ exitCode: 143 });
  });

  test("passes folder, environment and arguments on as they are", async () => {
    const { run, lines, directory } = await setup(kind);
    await run('pwd; echo "$GIVEN"; echo "$HOME"', { env: { GIVEN: "a b\n'c' ä" } });
    await run("", { command: ["printf", "%s|", "a b", "", "'x'"] });
    expect(lines).toEqual([
      `stdout: ${directory}`,
      "stdout: a b",
      "stdout: 'c' ä",
      `stdout: ${process.env["HOME"]}`,
      "stdout: a b||'x'|",
    ]);
  });

  test("keeps secrets of the server from commands", async () => {
    process.env["SECRET_OF_SERVER"] = "c2VjcmV0";
    onTestFinished(() => void delete process.env["SECRET_OF_SERVER"]);
    const { run, lines } = await setup(kind);
    await run('echo "[$SECRET_OF_SERVER]"');
    expect(lines).toEqual(["stdout: []"]);
  });

  test("lets scripts open /dev/stdout and /dev/stderr", async () => {
    const { run, lines } = await setup(kind);
    expect(await run("echo a > /dev/stderr; echo b > /dev/stdout")).toEqual({ exitCode: 0 });
    expect(lines.toSorted()).toEqual(["stderr: a", "stdout: b"]);
  });

  test("a program that does not exist ends with 127 and a reason", async () => {
    const { run, lines } = await setup(kind);
    expect(await run("", { command: ["/no/such/program"] })).toEqual({ exitCode: 127 });
    expect(lines[0]).toMatch(/^stderr: \/no\/such\/program: .*(No such file|ENOENT)/);
  });

  test("a folder that does not exist ends with 127 and a reason", async () => {
    const { run, lines } = await setup(kind);
    expect(await run("true", { folder: "/no/such/folder" })).toEqual({ exitCode: 127 });
    expect(lines[0]).toMatch(/No such file|ENOENT/);
  });

  test("an abort ends the command and everything it started", async () => {
    const { run, lines, printed } = await setup(kind);
    const abort = new AbortController();
    const started = printed("child");
    const ended = run("sleep 100 & echo child $!; wait", { signal: abort.signal });
    await started;
    abort.abort();
    expect(await ended).toEqual({ exitCode: 143, signal: "SIGTERM" });
    const child = Number(lines[0]!.split(" ").at(-1));
    await gone(child);
    expect(isAlive(child)).toBe(false);
  });

  test.skipIf(process.platform !== "linux")("an abort ends what left the group of the command", async () => {
    const { run, lines, printed } = await setup(kind, { killGraceMs: 300 });
    const abort = new AbortController();
    const started = printed("stubborn");
    const detached = (script: string) => `setsid sh -c '${script}; while :; do sleep 0.05; done' & `;
    const tell = (name: string) => `echo ${name} $$ > /dev/stdout`;
    const ended = run(`${detached(tell("obedient"))}${detached(`trap "" TERM; ${tell("stubborn")}`)}wait`, {
      signal: abort.signal,
    });
    await started;
    while (lines.length < 2) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    expect(await ended).toEqual({ exitCode: 143, signal: "SIGTERM" });
    const pids = lines.map((line) => Number(line.split(" ").at(-1)));
    await Promise.all(pids.map((pid) => gone(pid)));
    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  test("a command that ignores the termination signal is killed after the grace period", async () => {
    const { run, printed } = await setup(kind, { killGraceMs: 50 });
    const abort = new AbortController();
    const ready = printed("ready");
    const ended = run("trap '' TERM; echo ready; while :; do sleep 1; done", { signal: abort.signal });
    await ready;
    abort.abort();
    expect(await ended).toEqual({ exitCode: 137, signal: "SIGKILL" });
  });

  test("a command is told once to end", async () => {
    const { run, lines, printed } = await setup(kind);
    const abort = new AbortController();
    const ready = printed("ready");
    const ended = run("trap 'echo told' TERM; echo ready; for i in 1 2 3 4 5 6 7 8; do sleep 0.05; done; exit 0", {
      signal: abort.signal,
    });
    await ready;
    abort.abort();
    expect(await ended).toEqual({ exitCode: 0 });
    expect(lines.filter((line) => line === "stdout: told")).toHaveLength(1);
  });

  test("a command may clean up when it is terminated", async () => {
    const { run, lines, printed } = await setup(kind);
    const abort = new AbortController();
    const ready = printed("ready");
    const ended = run("trap 'echo cleaned; exit 7' TERM; echo ready; while :; do sleep 0.01; done", {
      signal: abort.signal,
    });
    await ready;
    abort.abort();
    expect(await ended).toEqual({ exitCode: 7 });
    expect(lines).toContain("stdout: cleaned");
  });

  test("an abort before the start ends the command as well", async () => {
    const { run } = await setup(kind);
    expect(await run("sleep 100", { signal: AbortSignal.abort() })).toMatchObject({ signal: "SIGTERM" });
  });

  test("what a command left behind in the background does not outlive it", async () => {
    const { run, lines } = await setup(kind);
    expect(await run("sleep 100 > /dev/null 2>&1 & echo $!")).toEqual({ exitCode: 0 });
    const left = Number(lines[0]!.split(" ").at(-1));
    await gone(left);
    expect(isAlive(left)).toBe(false);
  });

  test("a background process that holds the output open is given a moment, then killed", async () => {
    const { run, lines } = await setup(kind);
    expect(await run("(echo late; sleep 100) & echo early")).toEqual({ exitCode: 0 });
    expect(lines.toSorted()).toEqual(["stdout: early", "stdout: late"]);
    expect(await run("echo next")).toEqual({ exitCode: 0 });
    expect(lines).toContain("stdout: next");
  });

  test("a lost helper fails its commands, kills them, and is replaced", async () => {
    const { launcher, run, lines, printed } = await setup(kind);
    const started = printed("pid");
    const lost = run("echo pid $$; sleep 100");
    await started;
    // What the helper says comes in order: after this, the launcher knows of the first command.
    await run("true");
    process.kill(launcher.helperPid!, "SIGKILL");
    await expect(lost).rejects.toThrow(/helper process .* ended unexpectedly \(signal SIGKILL\)/);
    await gone(Number(lines[0]!.split(" ").at(-1)));
    expect(await run("exit 5")).toEqual({ exitCode: 5 });
  });

  test.skipIf(process.platform !== "linux")(
    "a lost helper does not save what left the group of a command",
    async () => {
      const { launcher, run, lines, printed } = await setup(kind);
      const started = printed("pid");
      const lost = run("setsid sh -c 'echo pid $$; sleep 100' & wait");
      await started;
      await run("true");
      process.kill(launcher.helperPid!, "SIGKILL");
      await expect(lost).rejects.toThrow("ended unexpectedly");
      await gone(Number(lines[0]!.split(" ").at(-1)));
    },
  );

  test("commands end when the launcher closes", async () => {
    const { launcher, run, lines, printed } = await setup(kind);
    const started = printed("pid");
    const ended = run("echo pid $$; sleep 100").catch((error: Error) => error.message);
    await started;
    await launcher.close();
    expect(await ended).toMatchObject({ signal: "SIGTERM" });
    expect(isAlive(Number(lines[0]!.split(" ").at(-1)))).toBe(false);
    await expect(run("true")).rejects.toThrow("closed");
  });

  test("of commands that were just asked for when the launcher closes, none begins that is not told to end", async () => {
    const { launcher, run, lines } = await setup(kind);
    await run("true");
    const outcomes = Array.from({ length: 20 }, () => run("echo; exec sleep 100").then(({ signal }) => signal, String));
    await turnIsOver();
    await launcher.close();
    const told = (await Promise.all(outcomes)).filter((outcome) => outcome === "SIGTERM");
    expect(told.length).toBeGreaterThanOrEqual(lines.length);
  });

  test("many commands at once keep their outputs apart", async () => {
    const { run, lines } = await setup(kind);
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, index) => run(`echo ${index}; exit ${index % 50}`)),
    );
    expect(results.map(({ exitCode }) => exitCode)).toEqual(Array.from({ length: 100 }, (_, index) => index % 50));
    expect(new Set(lines).size).toBe(100);
  });

  test("output waits while whoever takes it is behind", async () => {
    let relief: PromiseWithResolvers<void> | undefined;
    const { run, lines } = await setup(kind, { pressure: () => relief?.promise });
    relief = Promise.withResolvers<void>();
    const ended = run("seq 1 500000");
    while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const whileBehind = lines.length;
    relief.resolve();
    relief = undefined;
    await ended;
    expect(whileBehind).toBeLessThan(100_000);
    expect(lines.length).toBe(500_000);
  });
});

test("without any helper that works, the reason names each of them", async () => {
  const path = process.env["PATH"];
  process.env["PATH"] = "/nowhere";
  onTestFinished(() => void (process.env["PATH"] = path));
  const { run } = await setup("python");
  await expect(run("true")).rejects.toThrow(/no helper to start processes .*python: spawn python3 ENOENT/);
});

test.each(KINDS)("hundreds of megabytes of output do not stay in memory (%s helper)", async (kind) => {
  const { launcher, directory } = await setup(kind);
  const lengths: number[] = [];
  const before = process.memoryUsage.rss();
  const command = ["head", "-c", "400000000", "/dev/zero"];
  const onLine = (_stream: string, line: string) => void lengths.push(line.length);
  await launcher.run({ command, env: {}, workingDirectory: directory, onLine }, new AbortController().signal);
  expect(lengths).toEqual([LINE_CHARACTERS_MAX]);
  expect(process.memoryUsage.rss() - before).toBeLessThan(200_000_000);
});

test.each(KINDS)("a hundred megabytes of lines arrive without a loss (%s helper)", async (kind) => {
  const { launcher, directory } = await setup(kind);
  let characters = 0;
  const command = ["/bin/sh", "-c", "yes 0123456789012345678901234567890123456789012345678 | head -c 100000000"];
  const onLine = (_stream: string, line: string) => void (characters += line.length + 1);
  await launcher.run({ command, env: {}, workingDirectory: directory, onLine }, new AbortController().signal);
  expect(characters).toBe(100_000_000);
});

test.each(KINDS)("commands end with the server, even when it is killed (%s helper)", async (kind) => {
  const directory = await mkdtemp(join(tmpdir(), "launcher-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const launcher = new URL("process-launcher.ts", import.meta.url).href;
  const program = `
    import { createProcessLauncher } from ${JSON.stringify(launcher)};
    const launcher = createProcessLauncher({ directory: ${JSON.stringify(directory)}, helpers: [${JSON.stringify(kind)}] });
    await launcher.run({ command: ["/bin/sh", "-c", "echo $$; sleep 100"], env: {}, workingDirectory: "/",
      onLine: (_stream, line) => console.log(line) }, new AbortController().signal);`;
  const server = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [chunk] = (await once(server.stdout, "data")) as [Buffer];
  server.kill("SIGKILL");
  await gone(Number(chunk.toString()));
});
