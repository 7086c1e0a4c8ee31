import { deliverRows, type ExecutionFiles } from "@capstan/sdk";
import type { JsMsg } from "@nats-io/jetstream";
import { z } from "zod";
import { type Row, rowOf } from "./message.ts";
import type { Reader } from "./subscription.ts";

export const collectedOutputs = () =>
  z.object({
    messagesCount: z.int().describe("How many messages were read."),
    uri: z
      .string()
      .describe("The file of the messages, one a line, with `subject`, `headers`, `data` and `timestamp`."),
  });

export interface Limits {
  readonly batchSize: number;
  readonly pollDuration: number;
  readonly maxRecords?: number | undefined;
  readonly maxDuration?: number | undefined;
  /** Ends there although messages still come. */
  readonly busyMsMax?: number;
}

export interface Collected extends Disposable {
  readonly messagesCount: number;
  readonly uri: string;
  /** Of the last message within the stream; 0 for none. */
  readonly lastSequence: number;
  /** To be acknowledged; they are kept from others until this is disposed of. None where nothing is acknowledged. */
  readonly held: readonly JsMsg[];
}

/** The client asks for nothing shorter. */
const WAIT_MS_MIN = 1_000;
/** Of the time after which others get a message, this part may pass until it is renewed. */
const RENEWALS = 3;

/** Reads messages into a file until one of the limits is reached. Those that `isTold` knows are left out, but held. */
export async function collect(
  { consumer, ackWaitMs }: Reader,
  limits: Limits,
  { files, signal }: { readonly files: ExecutionFiles; readonly signal: AbortSignal },
  isTold: (message: JsMsg) => boolean = () => false,
): Promise<Collected> {
  const held: JsMsg[] = [];
  const renew = () => {
    for (const message of held) message.working();
  };
  const timer = ackWaitMs === undefined ? undefined : setInterval(renew, Math.max(1, ackWaitMs / RENEWALS));
  let lastSequence = 0;
  async function* rows(): AsyncGenerator<Row> {
    let count = 0;
    for await (const message of messagesWithin(consumer, limits, signal)) {
      if (ackWaitMs !== undefined) held.push(message);
      lastSequence = message.seq;
      if (isTold(message)) continue;
      yield rowOf(message);
      count += 1;
      if (count === limits.maxRecords) return;
    }
  }
  try {
    const { uri, size } = await deliverRows(rows(), "STORE", files, "messages.ion");
    return { messagesCount: size, uri: uri!, lastSequence, held, [Symbol.dispose]: () => clearInterval(timer) };
  } catch (error) {
    clearInterval(timer);
    throw error;
  }
}

async function* messagesWithin(
  consumer: Reader["consumer"],
  { batchSize, pollDuration, maxRecords = Infinity, maxDuration, busyMsMax = Infinity }: Limits,
  signal: AbortSignal,
): AsyncGenerator<JsMsg> {
  const end = performance.now() + (maxDuration ?? busyMsMax);
  let left = maxRecords;
  while (left > 0) {
    const time = end - performance.now();
    if (time <= 0) return;
    const expires = Math.max(WAIT_MS_MIN, maxDuration === undefined ? pollDuration : Math.min(time, pollDuration));
    const batch = await consumer.fetch({ max_messages: Math.min(batchSize, left), expires });
    let count = 0;
    for await (const message of batch) {
      count += 1;
      yield message;
    }
    signal.throwIfAborted(); // A batch just ends when its connection does.
    left -= count;
    if (count === 0 && maxDuration === undefined) return;
  }
}
