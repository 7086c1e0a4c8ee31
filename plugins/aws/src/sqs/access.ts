import type { SQS } from "@aws-sdk/client-sqs";
import { text } from "@capstan/sdk";
import { clientSettings, type ConnectionProperties, connectionOf } from "../connection.ts";

/** A client for one queue, and what ends its requests. */
export interface QueueAccess {
  readonly sqs: SQS;
  readonly queueUrl: string;
  readonly signal: AbortSignal;
}

export const queueUrl = () =>
  text().describe("Address of the queue, such as `https://sqs.eu-central-1.amazonaws.com/123456789012/orders`.");

/** The region is in the address of a queue of AWS, so that nobody needs to say it twice. */
const REGION = /^https:\/\/sqs\.([\w-]+)\.amazonaws\.com/;

/** Loads the library at the first call. `using` closes the connections. */
export async function openQueue(
  properties: ConnectionProperties & { readonly queueUrl: string },
  asker: { readonly namespace: string; readonly flowId: string },
  signal: AbortSignal,
): Promise<QueueAccess & Disposable> {
  signal.throwIfAborted();
  const { SQS } = await import("@aws-sdk/client-sqs");
  const region = properties.region ?? REGION.exec(properties.queueUrl)?.[1];
  const connection = connectionOf({ ...properties, region }, asker);
  const sqs = new SQS({
    ...(await clientSettings(connection)),
    // Another server may be reached elsewhere than its queues say.
    useQueueUrlAsEndpoint: connection.endpoint === undefined,
  });
  return { sqs, queueUrl: properties.queueUrl, signal, [Symbol.dispose]: () => sqs.destroy() };
}

/** Lists of at most ten: what one request may have. */
export function tens<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / BATCH_MAX) }, (_, index) =>
    items.slice(index * BATCH_MAX, (index + 1) * BATCH_MAX),
  );
}

/** Messages in one request. */
export const BATCH_MAX = 10;
