import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.ts";

export interface Program {
  /** A name on the path, or an absolute path. */
  readonly command: string;
  /** How it is told where to listen on 127.0.0.1, and which empty folder is its own. */
  readonly args: (place: { readonly port: number; readonly folder: string }) => readonly string[];
  /** What to do where there is none, such as `apt-get install prometheus`. */
  readonly install: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it serves; by default that its port takes connections. Asked until it does. */
  readonly isReady?: (place: { readonly port: number; readonly folder: string }) => Promise<boolean>;
  /** How long it may take until it serves, in milliseconds; by default a minute. */
  readonly startMsMax?: number;
}

/** A program that serves on a port of this machine, with a folder of its own, until it is disposed of. */
export interface StartedProgram extends AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>;
}

/** Kills the program when nobody holds its input any more: with the process of the test, however that ends. */
const GUARD = 'trap "" TERM INT HUP; cat >/dev/null; kill -KILL "$0" 2>/dev/null';
const START_MS_MAX = 60_000;
const LOOK_MS = 25;
/** Of what it prints, in characters. */
const PRINTED_MAX = 10_000;

/** Starts a real server for a test. Throws an error that says what to install where there is none, and what it printed where it doesn't start. */
export async function startProgram(program: Program): Promise<StartedProgram> {
  const { command, args, install, environment, startMsMax = START_MS_MAX } = program;
  const { isReady = ({ port }) => takesConnections(port) } = program;
  if (!isInstalled(command)) throw new Error(`${command} is not installed, which this test needs: ${install}`);
  const place = { port: await freePort(), folder: await mkdtemp(join(tmpdir(), "capstan-program-")) };
  const child = spawn(command, args(place), {
    cwd: place.folder,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const guard = spawn("sh", ["-c", GUARD, String(child.pid)], { stdio: ["pipe", "ignore", "ignore"] });
  const printed = printedBy(child);
  const kill = async () => {
    const gone = isRunning(child) ? once(child, "exit") : undefined;
    child.kill("SIGKILL");
    await gone;
  };
  const dispose = async () => {
    await kill();
    guard.kill("SIGKILL");
    await rm(place.folder, { recursive: true, force: true, maxRetries: 5 });
  };
  for (const deadline = Date.now() + startMsMax; !(await isReady(place)); await delay(LOOK_MS)) {
    const isOver = !isRunning(child);
    if (!isOver && Date.now() < deadline) continue;
    await dispose();
    throw new Error(`${command} does not start${isOver ? "" : ` within ${startMsMax} ms`}: ${printed()}`);
  }
  return { ...place, kill, [Symbol.asyncDispose]: dispose };
}

function isInstalled(command: string): boolean {
  try {
    execFileSync("sh", ["-c", 'command -v "$0"', command], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const answer = (takes: boolean) => () => {
      socket.destroy();
      resolve(takes);
    };
    socket.once("connect", answer(true));
    socket.once("error", answer(false));
  });
}

/** What it printed last. It must be read for ever, or the program waits. */
function printedBy(child: ChildProcess): () => string {
  let printed = "";
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed = (printed + text).slice(-PRINTED_MAX);
    });
  return () => printed.trim();
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
