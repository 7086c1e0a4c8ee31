import type { TaskLogger } from "@capstan/sdk";
import type { QueueAccess } from "./access.ts";
import { holdMessages } from "./held-messages.ts";
import { receive, type Receipt, type Reception, type Received } from "./messages.ts";

/** For how long an empty queue is asked before it counts as empty, in seconds: an answer at once looks at some servers only. */
const EMPTY_SECONDS = 1;
/** So many messages of a queue may be received and not removed, by the limits of SQS. */
export const HELD_MAX = 100_000;

export interface Collection extends Pick<Reception, "serdeType" | "visibilityTimeout"> {
  readonly maxRecords: number;
  /** In milliseconds; by default as long as there are messages. */
  readonly maxDuration?: number | undefined;
}

/** Messages as they are received. Those that were taken stay in the queue, kept from others until this is disposed of. */
export interface Collected extends Disposable {
  readonly messages: AsyncGenerator<Received>;
  readonly taken: readonly Receipt[];
}

/** Receives messages until the queue is empty, there are enough, or the time is over. */
export function collect(
  access: QueueAccess,
  { maxRecords, maxDuration = Infinity, ...reception }: Collection,
  log: TaskLogger,
): Collected {
  const held = holdMessages(access, reception.visibilityTimeout, log);
  async function* messages() {
    const end = performance.now() + maxDuration;
    while (held.all.length < maxRecords && performance.now() < end) {
      const asked = { ...reception, waitSeconds: EMPTY_SECONDS, max: maxRecords - held.all.length };
      const answer = await receive(access, asked, log);
      if (answer.isEmpty) return;
      held.add(answer.messages);
      yield* answer.messages;
    }
  }
  return { taken: held.all, messages: messages(), [Symbol.dispose]: () => held[Symbol.dispose]() };
}
