import { constants as system } from "node:os";
import { type HelperKind, type HelperOptions, type HelperProcess, startHelper } from "./helper-process.ts";
import type { HelperAnswer, RunRequest } from "./helper-protocol.ts";
import { signalGroup } from "./process-group.ts";

export interface LaunchResult {
  readonly exitCode: number;
  /** Name of the signal that ended the process. `exitCode` is then 128 and its number, as shells say it. */
  readonly signal?: string;
}

/** A command that the helper was asked to run. */
export interface LaunchedCommand {
  /** Resolves when the process itself has ended; rejects, and kills its group, when the helper is lost. */
  readonly exited: Promise<Exit>;
  /** Resolves when nothing more is written, or read. */
  readonly closed: Promise<void>;
  /** Whatever it still writes is of no interest. */
  forget(): void;
}

export interface Exit {
  readonly result: LaunchResult;
  /** Nobody was left of its group. */
  readonly isAlone: boolean;
}

export interface LaunchEvents {
  started(pid: number): void;
  /** The bytes are to be used at once. */
  output(stream: "stdout" | "stderr", bytes: Buffer): void;
}

/** The helper process as its user sees it: started with the first command, and again when it was lost. */
export interface HelperClient {
  launch(request: Omit<RunRequest, "type" | "id">, events: LaunchEvents): Promise<LaunchedCommand>;
  /** Terminates what runs, and ends the helper. */
  close(): Promise<void>;
  readonly pid: number | undefined;
}

interface Running {
  readonly events: LaunchEvents;
  readonly exited: PromiseWithResolvers<Exit>;
  readonly closed: PromiseWithResolvers<void>;
  group: number | undefined;
  hasExited: boolean;
  isClosed: boolean;
}

export function createHelperClient(kinds: readonly HelperKind[], options: HelperOptions): HelperClient {
  const running = createRunning();
  let helper: Promise<HelperProcess> | undefined;
  let current: HelperProcess | undefined;

  const start = async () => {
    const started = await startHelper(kinds, options, running.answered);
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
    launch: async (request, events) => {
      const process = await live();
      const { id, exited, closed } = running.add(events, (added) =>
        process.send({ ...request, type: "run", id: added }),
      );
      return {
        exited,
        closed,
        forget: () => {
          if (running.has(id)) process.send({ type: "forget", id });
        },
      };
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

/** The commands that run or still have output, by the numbers that the helper's answers name. */
function createRunning() {
  const commands = new Map<number, Running>();
  let nextId = 1;
  return {
    has: (id: number): boolean => commands.has(id),
    /** Throws when `send` does. */
    add: (events: LaunchEvents, send: (id: number) => void) => {
      const id = nextId;
      nextId += 1;
      send(id);
      const exited = Promise.withResolvers<Exit>();
      const closed = Promise.withResolvers<void>();
      commands.set(id, { events, exited, closed, group: undefined, hasExited: false, isClosed: false });
      return { id, exited: exited.promise, closed: closed.promise };
    },
    answered: (answer: HelperAnswer): void => {
      if (answer.type === "ready") return;
      const command = commands.get(answer.id);
      if (command === undefined) return;
      tell(command, answer);
      if (command.hasExited && command.isClosed) commands.delete(answer.id);
    },
    lose: (error: Error): void => {
      const lost = [...commands.values()];
      commands.clear();
      for (const { group, exited, closed, hasExited } of lost) {
        if (group !== undefined && !hasExited) signalGroup(group, "SIGKILL");
        exited.reject(error);
        closed.resolve();
      }
    },
  };
}

function tell(command: Running, answer: Exclude<HelperAnswer, { type: "ready" }>): void {
  switch (answer.type) {
    case "started":
      command.group = answer.pid;
      return command.events.started(answer.pid);
    case "output":
      return command.events.output(answer.stream === 1 ? "stdout" : "stderr", answer.bytes);
    case "exited":
      command.hasExited = true;
      return command.exited.resolve({
        result: resultOf(answer.exitCode, answer.signalNumber),
        isAlone: answer.isAlone,
      });
    case "closed":
      command.isClosed = true;
      return command.closed.resolve();
    default:
      return answer satisfies never;
  }
}

function resultOf(exitCode: number, signalNumber: number): LaunchResult {
  if (signalNumber === 0) return { exitCode };
  const name = Object.entries(system.signals).find(([, number]) => number === signalNumber)?.[0];
  return { exitCode: 128 + signalNumber, signal: name ?? `signal ${signalNumber}` };
}
