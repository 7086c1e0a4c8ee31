import type { Received, Subscription } from "./subscription.ts";

/** How long messages are received at most, in milliseconds: half of the time that Pub/Sub keeps them from others. */
export const COLLECT_MS_MAX = 300_000;

export interface Collection {
  readonly maxRecords: number;
  /** In milliseconds; `COLLECT_MS_MAX` at most. */
  readonly maxDuration?: number | undefined;
}

/** Messages until the subscription is empty, there are enough, or the time is over. */
export async function* collect(
  subscription: Subscription,
  { maxRecords, maxDuration = COLLECT_MS_MAX }: Collection,
): AsyncGenerator<Received> {
  const end = performance.now() + Math.min(maxDuration, COLLECT_MS_MAX);
  for (let count = 0; count < maxRecords;) {
    const waitMs = end - performance.now();
    if (waitMs <= 0) return;
    const { isEmpty, messages } = await subscription.pull({ max: maxRecords - count, waitMs });
    if (isEmpty) return;
    count += messages.length;
    yield* messages;
  }
}
