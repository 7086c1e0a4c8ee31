import type { CallTarget, FromThread, ToThread } from "../threads/messages.ts";
import type { Job } from "../worker.ts";
import type { Row } from "./inbox.ts";

/** How a worker of another process introduces itself, each time that it opens a line. */
export interface Hello {
  /** Of this process, for ever. */
  readonly id: string;
  readonly name: string;
  /** The groups whose jobs it takes; none: the default group. */
  readonly groups: readonly string[];
  readonly version: string;
  readonly host: string;
  /** Jobs that it runs at the same time. */
  readonly capacity: number;
  /** The session to go on with. */
  readonly session?: string | undefined;
  /** Messages of that session that it has heard. */
  readonly received: number;
  /** It takes no new jobs. */
  readonly isLeaving: boolean;
  /** Keys of the jobs that it has, or has something to say of. */
  readonly jobs: readonly string[];
}

/** A worker that has shown a token. */
export interface IntroducedWorker extends Hello {
  /** Name of the token. */
  readonly token: string;
  /** It is one of the servers that share the database. */
  readonly isMember?: boolean;
}

/** The first line that a server answers. */
export interface Welcome {
  readonly session: string;
  /** The session is the one that was named; otherwise the server knows nothing of what was said before. */
  readonly isResumed: boolean;
  /** Messages of that session that the server has heard. */
  readonly received: number;
  /** How long either may be silent before the jobs of the worker count as lost, in milliseconds. */
  readonly lostAfterMs: number;
}

/** What a server says to a worker. */
export type ToWorker =
  | { readonly type: "run"; readonly job: Job }
  | Extract<ToThread, { type: "services" | "kill" | "answer" | "refusal" }>;

/** What a worker says to its server. */
export type FromWorker =
  | JobNews
  | WorkerCall
  /** It takes no new jobs. */
  | { readonly type: "leaving" };

export interface WorkerCall {
  readonly type: "call";
  readonly call: number;
  readonly target: CallTarget;
  /** By position; JSON has no `undefined`, so that those are left out. */
  readonly args: Readonly<Record<number, unknown>>;
  readonly count: number;
}

/** What a worker says of a job; `returned`: it did not run to its end, and does not run any more. */
export type JobNews =
  | Extract<FromThread, { type: "started" | "child-ended" | "log" | "metrics" | "ended" }>
  | { readonly type: "returned"; readonly key: string };

/** Of the job that a message is about. */
export function keyOf(message: FromWorker): string | undefined {
  if (message.type !== "call") return "key" in message ? message.key : undefined;
  return "key" in message.target ? message.target.key : undefined;
}

/** A line of either direction: a message with its number, or what the end that writes it has come to with those of the other. */
export interface LineText<Message> {
  readonly n?: number;
  readonly m?: Message;
  /** All messages up to this one were heard. */
  readonly heard?: number;
  /** Messages that the server is done with: what they brought is durable, or will never count. */
  readonly settled?: readonly Row[];
}

/** Where workers talk to a server. */
export const WORKERS_PATH = "/api/v1/workers";
/** A line is opened with a POST here, and what a worker says is posted to the path of its session below. */
export const LINE_PATH = `${WORKERS_PATH}/line`;

/** Characters of messages that are sent at once; a single message may have more. */
export const BATCH_CHARACTERS = 4_000_000;
/** Bytes that a server takes at once: a batch, and the largest message behind it. */
export const POST_BYTES_MAX = 67_108_864;
/** Lines of log in one message, in characters. */
export const LOG_CHARACTERS = 1_000_000;
