import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { createFifoPool, type FifoPool } from "./fifo-pool.ts";
import { createHelperClient, type HelperClient, type LaunchResult } from "./helper-client.ts";
import { markAsVariable } from "./command-mark.ts";
import { type CommandRegister, killMarked, openCommandRegister } from "./command-register.ts";
import type { HelperKind } from "./helper-process.ts";
import { readLines } from "./output-reader.ts";
import { stopOnAbort } from "./process-group.ts";

export interface LaunchCommand {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Added to the environment of the server. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path. */
  readonly workingDirectory: string;
  onLine(stream: "stdout" | "stderr", line: string): void;
}

/** Starts commands through a helper process, so that the size of this process does not matter. */
export interface ProcessLauncher {
  /**
   * Runs a command in a process group of its own until it and its output end. When `signal` aborts, all that it started is
   * terminated, and killed after the grace period; the result tells how the command ended. Rejects when the helper is lost.
   */
  run(command: LaunchCommand, signal: AbortSignal): Promise<LaunchResult>;
  /** Terminates what runs, and ends the helper. */
  close(): Promise<void>;
  /** Pid of the helper, once one runs. */
  readonly helperPid: number | undefined;
}

export interface ProcessLauncherOptions {
  /** Where named pipes are made; an existing folder. */
  readonly directory: string;
  /** In order of preference. */
  readonly helpers?: readonly HelperKind[];
  /** Between the termination signal and the kill, in milliseconds. */
  readonly killGraceMs?: number;
  /** How long processes may outlive the command that started them, in milliseconds; then they are killed. */
  readonly stragglersMs?: number;
  /** Lets output wait while whoever takes the lines is behind: asked after each chunk. */
  readonly pressure?: () => Promise<void> | undefined;
}

/** What the first command has made, for all of them. */
interface Prepared {
  readonly register: CommandRegister;
  readonly fifos: FifoPool;
  readonly folder: string;
}

const STRAGGLERS_MS = 1_000;
const KILL_GRACE_MS = 5_000;
/** Perl first: it starts half as many commands again in the same time, in a tenth of the memory. */
const HELPERS: readonly HelperKind[] = ["perl", "node"];

export function createProcessLauncher(options: ProcessLauncherOptions): ProcessLauncher {
  const { killGraceMs = KILL_GRACE_MS, stragglersMs = STRAGGLERS_MS, pressure } = options;
  const helper = createHelperClient(options.helpers ?? HELPERS);
  let preparing: Promise<Prepared> | undefined;
  let isClosed = false;

  const prepared = async () => {
    preparing ??= prepare(options.directory, helper);
    try {
      return await preparing;
    } catch (error) {
      preparing = undefined;
      throw error;
    }
  };
  return {
    run: async (command, signal) => {
      if (isClosed) throw new Error("the launcher of processes is closed");
      const { fifos, register } = await prepared();
      const [stdout, stderr] = [await fifos.acquire(), await fifos.acquire()];
      const mark = randomUUID();
      const registered = register.add(mark);
      const readers = [
        readLines(stdout, (line) => command.onLine("stdout", line), pressure),
        readLines(stderr, (line) => command.onLine("stderr", line), pressure),
      ];
      const stopping = stopOnAbort(signal, { mark, killGraceMs, stragglersMs });
      try {
        const request = {
          command: command.command,
          env: { ...command.env, ...markAsVariable(mark) },
          workingDirectory: command.workingDirectory,
          stdout,
          stderr,
        };
        const result = await helper.launch(request, (pid) => {
          registered.started(pid);
          stopping.started(pid);
        });
        const hasEnded = await stopping.groupEnded(Promise.all(readers.map(({ ended }) => ended)));
        if (hasEnded) for (const path of [stdout, stderr]) fifos.release(path);
        return result;
      } catch (error) {
        // The helper was lost, which kills the group.
        await killMarked([mark]);
        throw error;
      } finally {
        registered.ended();
        stopping.done();
        for (const reader of readers) reader.close();
      }
    },
    close: async () => {
      isClosed = true;
      await helper.close();
      const made = await preparing?.catch(() => undefined);
      if (made === undefined) return;
      await made.register.close();
      await rm(made.folder, { recursive: true, force: true });
    },
    get helperPid() {
      return helper.pid;
    },
  };
}

async function prepare(directory: string, helper: HelperClient): Promise<Prepared> {
  const register = await openCommandRegister(directory);
  const folder = await mkdtemp(join(directory, "pipes-"));
  const fifos = createFifoPool(folder, async (paths) => {
    const { exitCode } = await helper.launch({
      command: ["mkfifo", "-m", "600", ...paths],
      env: {},
      workingDirectory: folder,
      stdout: "/dev/null",
      stderr: "/dev/null",
    });
    if (exitCode !== 0) throw new Error(`named pipes can't be made in ${folder}: mkfifo ended with ${exitCode}`);
  });
  return { register, fifos, folder };
}
