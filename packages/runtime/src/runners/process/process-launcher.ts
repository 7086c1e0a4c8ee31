import { randomUUID } from "node:crypto";
import { markAsVariable } from "./command-mark.ts";
import { type CommandRegister, killMarked, openCommandRegister } from "./command-register.ts";
import { createHelperClient, type LaunchedCommand, type LaunchResult } from "./helper-client.ts";
import type { HelperKind } from "./helper-process.ts";
import { createLineReader } from "@capstan/sdk/commands";
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
  /** For what the launcher and its helper keep there; an existing folder. */
  readonly directory: string;
  /** In order of preference. */
  readonly helpers?: readonly HelperKind[];
  /** Between the termination signal and the kill, in milliseconds. */
  readonly killGraceMs?: number;
  /** How long processes may outlive the command that started them, in milliseconds; then they are killed. */
  readonly stragglersMs?: number;
  /** Lets output wait while whoever takes the lines is behind: asked after each chunk. */
  readonly pressure?: () => Promise<void> | undefined;
  /** Hears of each command that the helper was asked to run. */
  readonly launched?: () => void;
}

const STRAGGLERS_MS = 1_000;
const KILL_GRACE_MS = 5_000;
/** Python first: it starts twice as many commands in the same time, in a fifth of the memory. */
const HELPERS: readonly HelperKind[] = ["python", "node"];

export function createProcessLauncher(options: ProcessLauncherOptions): ProcessLauncher {
  const { directory, pressure, killGraceMs = KILL_GRACE_MS, stragglersMs = STRAGGLERS_MS } = options;
  const helper = createHelperClient(options.helpers ?? HELPERS, { directory, pressure });
  let register: Promise<CommandRegister> | undefined;
  let isClosed = false;

  const opened = async () => {
    register ??= openCommandRegister(directory);
    try {
      return await register;
    } catch (error) {
      register = undefined;
      throw error;
    }
  };
  return {
    run: async (given, signal) => {
      if (isClosed) throw new Error("the launcher of processes is closed");
      const mark = randomUUID();
      const registered = (await opened()).add(mark);
      const lines = {
        stdout: createLineReader((line) => given.onLine("stdout", line)),
        stderr: createLineReader((line) => given.onLine("stderr", line)),
      };
      const stopping = stopOnAbort(signal, { mark, killGraceMs, stragglersMs });
      let launched: LaunchedCommand | undefined;
      try {
        const { command, workingDirectory } = given;
        const request = { command, env: { ...given.env, ...markAsVariable(mark) }, workingDirectory };
        launched = await helper.launch(request, {
          started: (pid) => {
            registered.started(pid);
            stopping.started(pid);
          },
          output: (stream, bytes) => lines[stream].push(bytes),
        });
        options.launched?.();
        const { result, isAlone } = await launched.exited;
        await stopping.groupEnded(launched.closed, isAlone);
        return result;
      } catch (error) {
        // The helper was lost, which kills the group.
        await killMarked([mark]);
        throw error;
      } finally {
        registered.ended();
        stopping.done();
        launched?.forget();
        lines.stdout.end();
        lines.stderr.end();
      }
    },
    close: async () => {
      isClosed = true;
      await helper.close();
      await (await register?.catch(() => undefined))?.close();
    },
    get helperPid() {
      return helper.pid;
    },
  };
}
