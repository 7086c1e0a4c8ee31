import type { Services } from "@capstan/sdk";
import type { Transferable } from "node:worker_threads";
import { sizeOf } from "../attempt/log-budget.ts";
import type { JobHost } from "../worker.ts";
import { errorOf } from "./error-data.ts";
import type { CallTarget, FromThread, ToThread } from "./messages.ts";
import { remoteServices } from "./service-methods.ts";
import { packed, unpacked } from "./stream-transfer.ts";

/** The executor as a thread sees it: everything goes through messages, which leave once per turn of the event loop, in order. */
export interface RemoteHost extends JobHost {
  send(message: FromThread, transfer?: readonly Transferable[]): void;
  /** Sends what waits, at once. */
  flush(): void;
  /** Takes an answer; answers whether the message was one. */
  receive(message: ToThread): boolean;
  /** Names the methods that the services of a tenant have. */
  describe(tenant: string, methods: readonly string[]): void;
  /** Resolves when the host has caught up with the log; undefined while it is not behind. */
  pressure(): Promise<void> | undefined;
}

/** Characters of log (see `sizeOf`) on their way to the host above which commands have to wait. */
const LOG_CHARACTERS_HIGH = 4_000_000;
const LOG_CHARACTERS_LOW = 1_000_000;

interface Waiter {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export function createRemoteHost(
  post: (messages: readonly FromThread[], transfer: Transferable[]) => void,
): RemoteHost {
  const calls = new Map<number, Waiter>();
  const methods = new Map<string, readonly string[]>();
  let nextCall = 1;
  let waiting: FromThread[] = [];
  let transfers: Transferable[] = [];
  let turn: NodeJS.Immediate | undefined;
  let logCharacters = 0;
  let relief: PromiseWithResolvers<void> | undefined;

  const flush = () => {
    if (turn !== undefined) clearImmediate(turn);
    turn = undefined;
    if (waiting.length === 0) return;
    const messages = waiting;
    const transfer = transfers;
    waiting = [];
    transfers = [];
    post(messages, transfer);
  };
  const send = (message: FromThread, transfer: readonly Transferable[] = []) => {
    waiting.push(message);
    transfers.push(...transfer);
    turn ??= setImmediate(flush);
  };
  const call = (target: CallTarget, args: readonly unknown[]): Promise<unknown> => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const number = nextCall;
    nextCall += 1;
    calls.set(number, { resolve, reject });
    const { values, transfer } = packed(args);
    send({ type: "call", call: number, target, args: values }, transfer);
    return promise;
  };
  const settle = (number: number, settlement: (waiter: Waiter) => void) => {
    const waiter = calls.get(number);
    calls.delete(number);
    if (waiter !== undefined) settlement(waiter);
    return true;
  };
  return {
    send,
    flush,
    started: (key) => send({ type: "started", key }),
    childEnded: (key, child) => send({ type: "child-ended", key, child }),
    log: (key, taskId, lines) => {
      for (const line of lines) logCharacters += sizeOf(line);
      send({ type: "log", key, taskId, lines });
    },
    metrics: (key, taskId, metrics) => send({ type: "metrics", key, taskId, metrics }),
    ended: (key, result) => send({ type: "ended", key, result }),
    // A thread runs a trigger like any other job; whose lines they are is known by the key.
    triggerLog: (_trigger, _lines, settled) => settled?.(),
    event: async (key, event) => void (await call({ type: "event", key }, [event])),
    lookup: (key, path) => call({ type: "lookup", key }, path),
    services: (tenant): Services =>
      remoteServices(methods.get(tenant) ?? [], (method, args) => call({ type: "service", tenant, method }, args)),
    describe: (tenant, names) => void methods.set(tenant, names),
    receive: (message) => {
      if (message.type === "answer") return settle(message.call, (waiter) => waiter.resolve(unpacked(message.value)));
      if (message.type === "refusal") return settle(message.call, (waiter) => waiter.reject(errorOf(message.error)));
      if (message.type !== "log-taken") return false;
      logCharacters -= message.characters;
      if (logCharacters < LOG_CHARACTERS_LOW) {
        relief?.resolve();
        relief = undefined;
      }
      return true;
    },
    pressure: () => {
      if (relief === undefined && logCharacters > LOG_CHARACTERS_HIGH) relief = Promise.withResolvers<void>();
      return relief?.promise;
    },
  };
}
