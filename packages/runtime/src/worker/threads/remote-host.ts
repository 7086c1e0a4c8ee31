import type { Services } from "@capstan/sdk";
import type { Transferable } from "node:worker_threads";
import { sizeOf } from "../attempt/log-budget.ts";
import type { JobHost } from "../worker.ts";
import { createCalls } from "./calls.ts";
import type { FromThread, ToThread } from "./messages.ts";
import { remoteServices } from "./service-methods.ts";

/** The executor as a thread sees it: everything goes through messages, which leave once per turn of the event loop, in order. */
export interface RemoteHost extends JobHost {
  send(message: FromThread, transfer?: readonly Transferable[]): void;
  /** Sends what waits, at once. */
  flush(): void;
  /**
   * A command was started, and the thread has nothing to do for it: that its task has begun may be said together with what comes
   * next, so that a short one is one message and one commit.
   */
  hold(): void;
  /** Takes what is said to a host: an answer, what is there to be asked; answers whether the message was that. */
  receive(message: ToThread): boolean;
  /** Resolves when the host has caught up with the log; undefined while it is not behind. */
  pressure(): Promise<void> | undefined;
}

/** Characters of log (see `sizeOf`) on their way to the host above which commands have to wait. */
const LOG_CHARACTERS_HIGH = 4_000_000;
const LOG_CHARACTERS_LOW = 1_000_000;
/** How long the beginning of a task that waits for a command may wait to be said. */
const HOLD_MS = 20;

type Post = (messages: readonly FromThread[], transfer: Transferable[]) => void;

export function createRemoteHost(post: Post): RemoteHost {
  const { send, flush, hold } = createOutbox(post);
  const { call, settle } = createCalls(send);
  const pressure = createLogPressure();
  const services = new Map<string, Services>();
  const describe = (tenant: string, methods: readonly string[]) =>
    services.set(
      tenant,
      remoteServices(methods, (method, args) => call({ type: "service", tenant, method }, args)),
    );
  return {
    send,
    flush,
    hold,
    started: (key, at) => send({ type: "started", key, at }),
    childEnded: (key, child) => send({ type: "child-ended", key, child }),
    log: (key, taskId, lines) => {
      pressure.sent(lines.reduce((sum, line) => sum + sizeOf(line), 0));
      send({ type: "log", key, taskId, lines });
    },
    metrics: (key, taskId, metrics) => send({ type: "metrics", key, taskId, metrics }),
    ended: (key, result) => send({ type: "ended", key, result }),
    // A thread runs a trigger like any other job; whose lines they are is known by the key.
    triggerLog: (_trigger, _lines, settled) => settled?.(),
    event: async (key, event) => void (await call({ type: "event", key }, [event])),
    lookup: (key, path) => call({ type: "lookup", key }, path),
    services: (tenant) => {
      const described = services.get(tenant);
      if (described === undefined) throw new Error(`nobody told which services the tenant ${tenant} has`);
      return described;
    },
    receive: (message) => {
      if (message.type === "answer" || message.type === "refusal") settle(message);
      else if (message.type === "log-taken") pressure.taken(message.characters);
      else if (message.type === "services") describe(message.tenant, message.methods);
      else return false;
      return true;
    },
    pressure: pressure.relief,
  };
}

/** What is sent in one turn of the event loop leaves together, unless it is held. */
function createOutbox(post: Post) {
  let waiting: FromThread[] = [];
  let transfers: Transferable[] = [];
  let turn: NodeJS.Immediate | undefined;
  let held: NodeJS.Timeout | undefined;
  const flush = () => {
    clearImmediate(turn);
    clearTimeout(held);
    turn = undefined;
    held = undefined;
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
  const hold = () => {
    if (turn === undefined || !waiting.every(({ type }) => type === "started")) return;
    clearImmediate(turn);
    turn = undefined;
    held ??= setTimeout(flush, HOLD_MS);
  };
  return { send, flush, hold };
}

/** How far the host is behind with the log. */
function createLogPressure() {
  let characters = 0;
  let relief: PromiseWithResolvers<void> | undefined;
  return {
    sent: (count: number) => {
      characters += count;
    },
    taken: (count: number) => {
      characters -= count;
      if (characters >= LOG_CHARACTERS_LOW) return;
      relief?.resolve();
      relief = undefined;
    },
    /** Resolves when the host has caught up; undefined while it is not behind. */
    relief: () => {
      if (relief === undefined && characters > LOG_CHARACTERS_HIGH) relief = Promise.withResolvers<void>();
      return relief?.promise;
    },
  };
}
