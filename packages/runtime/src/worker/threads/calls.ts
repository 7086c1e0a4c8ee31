import type { Transferable } from "node:worker_threads";
import { errorOf } from "./error-data.ts";
import type { CallTarget, FromThread, ToThread } from "./messages.ts";
import { packed, unpacked } from "./stream-transfer.ts";

type Call = Extract<FromThread, { type: "call" }>;
type Reply = Extract<ToThread, { type: "answer" | "refusal" }>;

interface Waiter {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Questions to a host that is elsewhere, each with a number that its answer names. */
export interface Calls {
  readonly call: (target: CallTarget, args: readonly unknown[]) => Promise<unknown>;
  readonly settle: (reply: Reply) => void;
}

export function createCalls(send: (call: Call, transfer: readonly Transferable[]) => void): Calls {
  const calls = new Map<number, Waiter>();
  let nextCall = 1;
  return {
    call: (target, args) => {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const number = nextCall;
      nextCall += 1;
      calls.set(number, { resolve, reject });
      const { values, transfer } = packed(args);
      send({ type: "call", call: number, target, args: values }, transfer);
      return promise;
    },
    settle: (reply) => {
      const waiter = calls.get(reply.call);
      calls.delete(reply.call);
      if (reply.type === "answer") waiter?.resolve(unpacked(reply.value));
      else waiter?.reject(errorOf(reply.error));
    },
  };
}
