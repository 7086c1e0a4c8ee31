import { execFile, spawn } from "node:child_process";
import { existsSync, openSync, readdirSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { namespaceOf, STATE } from "./place.ts";

const execute = promisify(execFile);

const LOOK_MS = 50;
/** From the signal to end until the kill: without its store an API server waits for ever. */
const GRACE_MS = 3_000;
const OUTPUT_BYTES_MAX = 64 * 1_024 * 1_024;

/** Runs a program to its end; answers what it prints. Throws an error with what it said. */
export async function run(command: string, ...words: readonly string[]): Promise<string> {
  const { stdout } = await execute(command, words, { maxBuffer: OUTPUT_BYTES_MAX });
  return stdout.trim();
}

/** The words that run a program in the network of a node. `ip netns exec` would hide the control groups of the machine. */
export function inNode(node: number, ...words: readonly string[]): [string, ...string[]] {
  return ["nsenter", `--net=/run/netns/${namespaceOf(node)}`, ...words];
}

/** Starts a program that goes on when its starter has ended. Its output is in the folder `log`. */
export async function start(name: string, words: readonly [string, ...string[]]): Promise<void> {
  const log = openSync(join(STATE, "log", `${name}.log`), "a");
  const [command, ...rest] = words;
  const child = spawn(command, rest, { detached: true, stdio: ["ignore", log, log] });
  child.unref();
  await writeFile(join(STATE, "pid", name), String(child.pid));
}

/** Names of the programs that were started and not ended. */
export function startedPrograms(): readonly string[] {
  const folder = join(STATE, "pid");
  return existsSync(folder) ? readdirSync(folder) : [];
}

export async function isRunning(name: string): Promise<boolean> {
  const pid = await readFile(join(STATE, "pid", name), "utf8").catch(() => undefined);
  if (pid === undefined) return false;
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return status !== "" && !/^State:\s+Z/m.test(status);
}

/** Ends programs, politely first. */
export async function stop(names: readonly string[]): Promise<void> {
  const known = names.filter((name) => existsSync(join(STATE, "pid", name)));
  for (const name of known) await signal(name, "SIGTERM");
  const deadline = Date.now() + GRACE_MS;
  for (const name of known) while (Date.now() < deadline && (await isRunning(name))) await sleep(LOOK_MS);
  for (const name of known) {
    if (await isRunning(name)) await signal(name, "SIGKILL");
    await rm(join(STATE, "pid", name), { force: true });
  }
}

async function signal(name: string, sent: NodeJS.Signals): Promise<void> {
  try {
    process.kill(Number(await readFile(join(STATE, "pid", name), "utf8")), sent);
  } catch {
    // It has ended by itself.
  }
}

/** Waits until something holds. Throws an error that names what, and where to read on. */
export async function waitFor(what: string, seconds: number, holds: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  for (;;) {
    const failure = await holds().then(
      (answer) => (answer === false ? "not yet" : undefined),
      (error: unknown) => String(error),
    );
    if (failure === undefined) return;
    if (Date.now() > deadline)
      throw new Error(`${what} is not there after ${seconds} s (${failure}): see ${STATE}/log`);
    await sleep(LOOK_MS);
  }
}
