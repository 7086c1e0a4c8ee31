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
  const running = new Map<number, Running>();
  let nextId = 1;
  let helper: Promise<HelperProcess> | undefined;
  let current: HelperProcess | undefined;

  const onAnswer = (answer: HelperAnswer) => {
    if (answer.type === "ready") return;
    const command = running.get(answer.id);
    if (command === undefined) return;
    if (answer.type === "started") return command.started(answer.pid);
    running.delete(answer.id);
    command.exited(resultOf(answer.exitCode, answer.signalNumber));
  };
  const start = async () => {
    const started = await startHelper(kinds, onAnswer);
    current = started;
    void lose(started);
    return started;
  };
  const lose = async (lost: HelperProcess) => {
    const reason = await lost.gone;
    helper = undefined;
    current = undefined;
    const commands = [...running.values()];
    running.clear();
    for (const command of commands)
      command.lost(new Error(`the helper process that ran the command ended unexpectedly (${reason})`));
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
      const { promise, resolve, reject } = Promise.withResolvers<LaunchResult>();
      const id = nextId;
      nextId += 1;
      let group: number | undefined;
      running.set(id, {
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
        process.send({ ...request, id });
      } catch (error) {
        running.delete(id);
        throw error;
      }
      return promise;
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

function resultOf(exitCode: number, signalNumber: number): LaunchResult {
  if (signalNumber === 0) return { exitCode };
  const name = Object.entries(system.signals).find(([, number]) => number === signalNumber)?.[0];
  return { exitCode: 128 + signalNumber, signal: name ?? `signal ${signalNumber}` };
}
