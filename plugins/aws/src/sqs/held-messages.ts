import type { TaskLogger } from "@capstan/sdk";
import { awsFailure } from "../aws-failure.ts";
import { type QueueAccess, tens } from "./access.ts";
import { type Receipt, type Received, receiptOf } from "./messages.ts";

/** Messages that were received and are not yet removed: kept from others until this is disposed of. */
export interface HeldMessages extends Disposable {
  readonly all: readonly Receipt[];
  readonly add: (messages: readonly Received[]) => void;
}

interface Held {
  readonly message: Receipt;
  /** When others may get it. */
  readonly until: number;
}

/** Parts of a timeout after which messages are looked at; from the middle of their timeout on they are renewed. */
const LOOKS = 6;

/** `visibilityTimeout` in seconds. */
export function holdMessages(access: QueueAccess, visibilityTimeout: number, log: TaskLogger): HeldMessages {
  const timeoutMs = visibilityTimeout * 1_000;
  const all: Receipt[] = [];
  /** The one that others may get first comes first. */
  const held: Held[] = [];
  let isRenewing = false;
  const hold = (messages: readonly Receipt[]) => {
    const until = performance.now() + timeoutMs;
    for (const message of messages) held.push({ message, until });
  };
  const renew = async () => {
    const soon = performance.now() + timeoutMs / 2;
    const due = held.filter(({ until }) => until < soon).map(({ message }) => message);
    if (isRenewing || due.length === 0) return;
    isRenewing = true;
    for (const batch of tens(due)) await renewBatch(access, batch, visibilityTimeout, log);
    held.splice(0, due.length);
    hold(due);
    isRenewing = false;
  };
  const timer = setInterval(() => void renew(), timeoutMs / LOOKS);
  return {
    all,
    add: (messages) => {
      const receipts = messages.map(receiptOf);
      all.push(...receipts);
      hold(receipts);
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** A failure costs nothing but that messages may come again. */
async function renewBatch(
  { sqs, queueUrl, signal }: QueueAccess,
  batch: readonly Receipt[],
  visibilityTimeout: number,
  log: TaskLogger,
): Promise<void> {
  const entries = batch.map(({ receipt }, index) => ({
    Id: String(index),
    ReceiptHandle: receipt,
    VisibilityTimeout: visibilityTimeout,
  }));
  try {
    await sqs.changeMessageVisibilityBatch({ QueueUrl: queueUrl, Entries: entries }, { abortSignal: signal });
  } catch (error) {
    if (!signal.aborted) log.warn(awsFailure(`Keeping messages of ${queueUrl} from others`, error).message);
  }
}
