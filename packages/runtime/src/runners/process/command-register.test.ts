import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setImmediate as turnIsOver } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { markAsVariable, markedProcesses } from "./command-mark.ts";
import { endCommandsCutShort, openCommandRegister } from "./command-register.ts";

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "command-register-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A process with a mark, in a group of its own; `script` says when it is ready. */
async function startMarked(mark: string, script: string) {
  const env = { ...process.env, ...markAsVariable(mark) };
  const child = spawn("sh", ["-c", script], { detached: true, env, stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  await once(createInterface({ input: child.stdout }), "line");
  return { pid: child.pid!, ended };
}

const OBEDIENT = "echo ready; while :; do sleep 0.05; done";
const STUBBORN = `trap "" TERM; ${OBEDIENT}`;

test.skipIf(process.platform !== "linux")(
  "what commands that were cut short have left is told to end, and killed after the grace period",
  async () => {
    const folder = await temporaryFolder();
    const register = await openCommandRegister(folder);
    const [group, obedient, stubborn, daemon] = await Promise.all([
      startMarked("mark-1", OBEDIENT),
      startMarked("mark-1", OBEDIENT),
      startMarked("mark-2", STUBBORN),
      startMarked("mark-3", OBEDIENT),
    ]);
    register.add("mark-3").ended();
    register.add("mark-1").started(group.pid);
    register.add("mark-2");
    await register.close();
    await endCommandsCutShort([folder, join(folder, "absent")], 200);
    expect(await obedient.ended).toEqual([null, "SIGTERM"]);
    expect(await stubborn.ended).toEqual([null, "SIGKILL"]);
    // Its helper would have told it; that is gone as well.
    expect(await group.ended).toEqual([null, "SIGKILL"]);
    // Its command had ended.
    expect((await markedProcesses(["mark-3"])).map(({ pid }) => pid)).toContain(daemon.pid);
  },
);

test("a register holds the commands that run, and no more lines than ever ran at once", async () => {
  const folder = await temporaryFolder();
  const register = await openCommandRegister(folder);
  const lines = async () => (await readFile(join(folder, "commands"), "utf8")).split("\n").map((line) => line.trim());
  for (let count = 0; count < 100; count += 1) register.add(`early-${count}`).ended();
  await turnIsOver();
  expect(await lines()).toEqual(["", ""]);
  const first = register.add("first");
  const second = register.add("second");
  first.started(4_194_304);
  expect(await lines()).toEqual(["first 4194304", "second", ""]);
  first.ended();
  await turnIsOver();
  expect(await lines()).toEqual(["", "second", ""]);
  await register.close();
  // The launcher may be closed before the end of a command has come round.
  second.ended();
  expect(await lines()).toEqual(["", "second", ""]);
});
