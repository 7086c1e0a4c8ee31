import type { TaskLogger } from "@capstan/sdk";
import { awsFailure } from "../aws-failure.ts";
import { type QueueAccess, tens } from "./access.ts";
import type { Receipt } from "./messages.ts";

/** Requests to one queue at the same time. */
const REQUESTS_MAX = 5;

/**
 * Removes messages from the queue; answers those that could not be removed. That is logged, and no failure: they have been taken, and
 * come again.
 */
export async function removeMessages(
  access: QueueAccess,
  messages: readonly Receipt[],
  log: TaskLogger,
): Promise<readonly Receipt[]> {
  const batches = [...tens(messages)];
  const left: Receipt[] = [];
  const remove = async () => {
    for (let batch = batches.pop(); batch !== undefined; batch = batches.pop())
      left.push(...(await removeBatch(access, batch, log)));
  };
  await Promise.all(Array.from({ length: REQUESTS_MAX }, remove));
  if (left.length > 0) log.warn(`${left.length} messages could not be removed from the queue, and may come again.`);
  return left;
}

async function removeBatch(
  { sqs, queueUrl, signal }: QueueAccess,
  batch: readonly Receipt[],
  log: TaskLogger,
): Promise<readonly Receipt[]> {
  const entries = batch.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));
  try {
    const request = { QueueUrl: queueUrl, Entries: entries };
    const { Failed = [] } = await sqs.deleteMessageBatch(request, { abortSignal: signal });
    return Failed.map(({ Id }) => batch[Number(Id)]!);
  } catch (error) {
    signal.throwIfAborted();
    log.warn(awsFailure(`Removing messages from ${queueUrl}`, error).message);
    return batch;
  }
}
