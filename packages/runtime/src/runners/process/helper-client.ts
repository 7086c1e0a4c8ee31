import { constants as system } from "node:os";
import { type HelperKind, type HelperProcess, startHelper } from "./helper-process.ts";
import type { HelperAnswer, HelperRequest } from "./helper-protocol.ts";
import { signalGroup } from "./process-group.ts";

export interface LaunchResult {
  readonly exitCode: number;
  /** Name of the signal that ended the process. `exitCode` is then 128 and its number, as shells say it. */
  readonly signal?: string;
}

/** The helper process as its user sees it: started with the first command, and again when it was lost. */
export interface HelperClient {
  /** Resolves when the process itself has ended; `onStart` gets its pid. Rejects, and kills it, when the helper is lost. */
  launch(request: Omit<HelperRequest, "id">, onStart?: (pid: number) => void): Promise<LaunchResult>;
  /** Terminates what runs, and ends the helper. */
  close(): Promise<void>;
  readonly pid: number | undefined;
}

interface Running {
  started(pid: number): void;
  exited(result: LaunchResult): void;
  lost(error: Error): void;
}

export function createHelperClient(kinds: readonly HelperKind[]): HelperClient {
  const running = createRunning();
  let helper: Promise<HelperProcess> | undefined;
  let current: HelperProcess | undefined;

  const start = async () => {
    const started = await startHelper(kinds, running.answered);
    current = started;
    void lose(started);
    return started;
  };
  const lose = async (lost: HelperProcess) => {
    const reason = await lost.gone;
    helper = undefined;
    current = undefined;
    running.lose(new Error(`the helper process that ran the command ended unexpectedly (${reason})`));
  };
  const live = async () => {
    helper ??= start();
    try {
      return await helper;
    } catch (error) {
      helper = undefined;
      throw error;
    }
  };
  return {
    launch: async (request, onStart) => {
      const process = await live();
      return running.add(onStart, (id) => process.send({ ...request, id }));
    },
    close: async () => {
      const process = await helper?.catch(() => undefined);
      process?.end();
      await process?.gone;
    },
    get pid() {
      return current?.pid;
    },
  };
}

/** The commands that run, by the numbers that the helper's answers name. */
function createRunning() {
  const commands = new Map<number, Running>();
  let nextId = 1;
  return {
    /** Sends a command by its number, and waits for its end. Rejects, and kills it, when the helper is lost. */
    add: async (onStart: ((pid: number) => void) | undefined, send: (id: number) => void): Promise<LaunchResult> => {
      const { promise, resolve, reject } = Promise.withResolvers<LaunchResult>();
      const id = nextId;
      nextId += 1;
      let group: number | undefined;
      commands.set(id, {
        started: (pid) => {
          group = pid;
          onStart?.(pid);
        },
        exited: resolve,
        lost: (error) => {
          if (group !== undefined) signalGroup(group, "SIGKILL");
          reject(error);
        },
      });
      try {
        send(id);
      } catch (error) {
        commands.delete(id);
        throw error;
      }
      return promise;
    },
    answered: (answer: HelperAnswer): void => {
      if (answer.type === "ready") return;
      const command = commands.get(answer.id);
      if (command === undefined) return;
      if (answer.type === "started") return command.started(answer.pid);
      commands.delete(answer.id);
      command.exited(resultOf(answer.exitCode, answer.signalNumber));
    },
    lose: (error: Error): void => {
      const lost = [...commands.values()];
      commands.clear();
      for (const command of lost) command.lost(error);
    },
  };
}

function resultOf(exitCode: number, signalNumber: number): LaunchResult {
  if (signalNumber === 0) return { exitCode };
  const name = Object.entries(system.signals).find(([, number]) => number === signalNumber)?.[0];
  return { exitCode: 128 + signalNumber, signal: name ?? `signal ${signalNumber}` };
}
