import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { createFifoPool, type FifoPool } from "./fifo-pool.ts";
import { createHelperClient, type LaunchResult } from "./helper-client.ts";
import { MARK_VARIABLE, newMark } from "./command-mark.ts";
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

const STRAGGLERS_MS = 1_000;
const KILL_GRACE_MS = 5_000;
/** Perl first: it starts half as many commands again in the same time, in a tenth of the memory. */
const HELPERS: readonly HelperKind[] = ["perl", "node"];

export function createProcessLauncher(options: ProcessLauncherOptions): ProcessLauncher {
  const { killGraceMs = KILL_GRACE_MS, stragglersMs = STRAGGLERS_MS, pressure } = options;
  const helper = createHelperClient(options.helpers ?? HELPERS);
  let folder: Promise<string> | undefined;
  let pool: FifoPool | undefined;
  let isClosed = false;

  const pipes = async () => {
    folder ??= mkdtemp(join(options.directory, "pipes-"));
    const workingDirectory = await folder;
    pool ??= createFifoPool(workingDirectory, async (paths) => {
      const command = ["mkfifo", "-m", "600", ...paths];
      const { exitCode } = await helper.launch({
        command,
        env: {},
        workingDirectory,
        stdout: "/dev/null",
        stderr: "/dev/null",
      });
      if (exitCode !== 0)
        throw new Error(`named pipes can't be made in ${workingDirectory}: mkfifo ended with ${exitCode}`);
    });
    return pool;
  };
  return {
    run: async (command, signal) => {
      if (isClosed) throw new Error("the launcher of processes is closed");
      const fifos = await pipes();
      const [stdout, stderr] = [await fifos.acquire(), await fifos.acquire()];
      const readers = [
        readLines(stdout, (line) => command.onLine("stdout", line), pressure),
        readLines(stderr, (line) => command.onLine("stderr", line), pressure),
      ];
      const mark = newMark();
      const stopping = stopOnAbort(signal, { mark, killGraceMs, stragglersMs });
      try {
        const request = {
          command: command.command,
          env: { ...command.env, [MARK_VARIABLE]: mark },
          workingDirectory: command.workingDirectory,
          stdout,
          stderr,
        };
        const result = await helper.launch(request, (pid) => stopping.started(pid));
        const hasEnded = await stopping.groupEnded(Promise.all(readers.map(({ ended }) => ended)));
        if (hasEnded) for (const path of [stdout, stderr]) fifos.release(path);
        return result;
      } finally {
        stopping.done();
        for (const reader of readers) reader.close();
      }
    },
    close: async () => {
      isClosed = true;
      await helper.close();
      if (folder !== undefined) await rm(await folder, { recursive: true, force: true });
    },
    get helperPid() {
      return helper.pid;
    },
  };
}
