import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { TaskFailure } from "@capstan/sdk";
import type { ClusterAccess } from "./access.ts";
import { ClusterFailure, unanswered } from "./cluster-failure.ts";
import { createPace } from "./pace.ts";
import { answerText, createTransport } from "./transport.ts";

/** A request to an API server. */
export interface ClusterCall {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the root, each step encoded. */
  readonly path: string;
  /** Absent values are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** Of the body; JSON where it is not told. */
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal: AbortSignal;
  /** How long a server that can't be reached or asks to wait is tried again, in milliseconds; 15 seconds where it is not told. */
  readonly patienceMs?: number;
}

/** The API of a cluster. */
export interface Cluster {
  /** For messages. */
  readonly server: string;
  /** Where who names no namespace works. */
  readonly namespace: string;
  /** The answer as JSON. Throws `ClusterFailure` when the server refuses, `TaskFailure` when it can't be reached. */
  ask<T>(call: ClusterCall): Promise<T>;
  /** The answer as it comes, without limits of time and size. Throws as `ask`. */
  open(call: ClusterCall): Promise<Readable>;
  /** For connections of another kind: how the server is reached, as of now. */
  readonly access: () => Promise<ClusterAccess>;
}

const PATIENCE_MS = 15_000;
const FIRST_PAUSE_MS = 100;
const PAUSE_MS_MAX = 5_000;
/** For an answer that is wanted whole. */
const ANSWER_MS_MAX = 60_000;
/** Of one cluster, as `kubectl` has them. */
const CALLS_PER_SECOND = 50;
const CALLS_AT_ONCE = 100;

const DEFAULT_NAMESPACE = "default";
const TOO_MANY = 429;
const UNAVAILABLE = 503;

/** A cluster that is asked with an access which may run out. Throws as `find`. */
export async function connectCluster(find: () => Promise<ClusterAccess>): Promise<Cluster> {
  const { send, access } = createTransport(find);
  const pace = createPace(CALLS_PER_SECOND, CALLS_AT_ONCE);
  const open = async (call: ClusterCall) => {
    const deadline = Date.now() + (call.patienceMs ?? PATIENCE_MS);
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
      await pace.next(call.signal);
      try {
        return await send(call);
      } catch (error) {
        const waitMs = Math.max(pauseMs, (error as ClusterFailure).retryAfterMs ?? 0);
        if (!maySucceed(error) || Date.now() + waitMs > deadline) throw error;
        await sleep(waitMs, undefined, { signal: call.signal });
      }
    }
  };
  const ask = async <T>(call: ClusterCall): Promise<T> => {
    const limit = AbortSignal.timeout(ANSWER_MS_MAX + (call.patienceMs ?? PATIENCE_MS));
    try {
      return JSON.parse(await answerText(await open({ ...call, signal: AbortSignal.any([call.signal, limit]) }))) as T;
    } catch (error) {
      call.signal.throwIfAborted();
      throw error instanceof TaskFailure ? error : unanswered((await access()).server, error as Error);
    }
  };
  const { server, namespace = DEFAULT_NAMESPACE } = await access();
  return { server, namespace, open, ask, access };
}

/** Whether to ask again: nobody answered, or the server asks for patience. */
function maySucceed(error: unknown): boolean {
  if (!(error instanceof TaskFailure)) return false;
  return !(error instanceof ClusterFailure) || error.status === TOO_MANY || error.status === UNAVAILABLE;
}
