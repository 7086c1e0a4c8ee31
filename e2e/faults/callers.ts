import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { ask } from "../executions.ts";
import { CALLED, NAMESPACE } from "./flows.ts";

export interface Callers {
  /** Ids of executions that were acknowledged, one for each call. */
  readonly taken: readonly string[];
  /** Calls that were not acknowledged and are not sent again, and how they were answered. */
  readonly failed: readonly string[];
  /** How often calls were answered with this code of an error. */
  refused(code: string): number;
  /** The longest time between two acknowledged calls, in milliseconds. */
  longestSilenceMs(): number;
  /** Resolves when every call has its answer, and no more come. */
  stop(): Promise<void>;
}

export interface CallerOptions {
  /** The API of the server that the balancer chooses for the try of this number; undefined where none is there. */
  readonly choose: (number: number) => string | undefined;
  /** Whether a call that fails is sent again with the same key, until it is acknowledged. */
  readonly isRepeated: boolean;
}

const CALLERS = 6;
/** How long a caller rests after a call, and after one that failed, in milliseconds. */
const REST_MS = 20;
const PAUSE_MS = 50;

/** Callers as behind a load balancer: each call goes to the next server, and after a failure to another one. */
export function startCallers({ choose, isRepeated }: CallerOptions): Callers {
  const taken: string[] = [];
  const failed: string[] = [];
  const refused = new Map<string, number>();
  const silence = { since: Infinity, longestMs: 0 };
  const life = { isOver: false };
  const acknowledged = (id: string) => {
    taken.push(id);
    const now = performance.now();
    silence.longestMs = Math.max(silence.longestMs, now - silence.since);
    silence.since = now;
  };
  /** Answers whether the call was acknowledged. */
  const attempt = async (url: string | undefined, flow: string, key: string): Promise<boolean> => {
    const answer = url === undefined ? "no server" : await call(url, flow, key);
    if (typeof answer === "object") acknowledged(answer.id);
    else if (!isRepeated) failed.push(answer);
    else refused.set(answer, (refused.get(answer) ?? 0) + 1);
    return typeof answer === "object";
  };
  const caller = async (first: number) => {
    for (let turn = first; !life.isOver; turn += 1) {
      const flow = CALLED[turn % CALLED.length]!;
      const key = randomUUID();
      let isDone = false;
      for (let number = turn; !isDone; number += 1) {
        isDone = (await attempt(choose(number), flow, key)) || !isRepeated;
        if (!isDone) await delay(PAUSE_MS);
      }
      await delay(REST_MS);
    }
  };
  const callers = Array.from({ length: CALLERS }, (_, number) => caller(number));
  return {
    taken,
    failed,
    refused: (code) => refused.get(code) ?? 0,
    longestSilenceMs: () => Math.round(silence.longestMs),
    stop: async () => {
      life.isOver = true;
      await Promise.all(callers);
    },
  };
}

/** Answers the execution that the call started, whichever try it was, or what the call was answered instead. */
async function call(url: string, flow: string, key: string): Promise<{ readonly id: string } | string> {
  try {
    const request = { method: "POST", headers: { "idempotency-key": key } };
    const response = await ask(`${url}/executions/webhook/${NAMESPACE}/${flow}/${flow}`, request);
    const answer = (await response.json()) as { readonly id: string; readonly code?: string };
    return response.ok ? answer : (answer.code ?? `status ${response.status}`);
  } catch (error) {
    return String(error instanceof Error ? (error.cause ?? error) : error);
  }
}
