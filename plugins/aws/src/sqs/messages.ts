import type { Message } from "@aws-sdk/client-sqs";
import { dynamic, type TaskLogger } from "@capstan/sdk";
import { z } from "zod";
import { told } from "../aws-failure.ts";
import { BATCH_MAX, type QueueAccess } from "./access.ts";

/** How the text of messages is understood. */
export const serdeType = () =>
  dynamic(z.enum(["STRING", "JSON"]))
    .default("STRING")
    .describe("Whether `data` is the text of a message, or its value as JSON. Default: STRING.");

export const autoDelete = () =>
  dynamic(z.boolean())
    .default(true)
    .describe("Whether messages are removed from the queue; otherwise they come again. Default: true.");

export const visibilityTimeout = () =>
  dynamic(z.int().min(1).max(43_200))
    .default(30)
    .describe("Seconds for which others don't get a message that was received, if it is not removed. Default: 30.");

/** What is known of a message. */
export const messageRow = () =>
  z.object({
    data: z.unknown().describe("The text of the message, or its value."),
    messageId: z.string().describe("Given by SQS."),
    groupId: z.string().optional().describe("Group of the message, in a FIFO queue."),
    deduplicationId: z.string().optional().describe("What tells repeats apart, in a FIFO queue."),
    attributes: z.record(z.string(), z.string()).optional().describe("What the sender added; bytes as base64."),
    receiveCount: z.int().describe("How many times it was received by now."),
  });

/** What is kept of a message that was received, and not yet removed: its text may be large. */
export interface Receipt {
  readonly id: string;
  /** Removes it, or keeps others from getting it. */
  readonly receipt: string;
}

/** A message as it is received. */
export interface Received extends Receipt {
  readonly row: z.output<ReturnType<typeof messageRow>>;
}

export interface Reception {
  readonly serdeType: "STRING" | "JSON";
  /** In seconds. */
  readonly visibilityTimeout: number;
  /** For how long the server waits for a message, in seconds, 20 at most. */
  readonly waitSeconds: number;
  /** How many messages are wanted; one request answers ten at most. */
  readonly max: number;
}

export function receiptOf({ id, receipt }: Received): Receipt {
  return { id, receipt };
}

/** What one request answers. A message that can't be understood stays in the queue, for its dead-letter queue, and is logged. */
export async function receive(
  { sqs, queueUrl, signal }: QueueAccess,
  { serdeType: serde, visibilityTimeout: seconds, waitSeconds, max }: Reception,
  log: TaskLogger,
): Promise<{ readonly isEmpty: boolean; readonly messages: readonly Received[] }> {
  const request = sqs.receiveMessage(
    {
      QueueUrl: queueUrl,
      MaxNumberOfMessages: Math.min(max, BATCH_MAX),
      VisibilityTimeout: seconds,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ["ApproximateReceiveCount", "MessageGroupId", "MessageDeduplicationId"],
      MessageAttributeNames: ["All"],
    },
    { abortSignal: signal },
  );
  const { Messages = [] } = await told(`Receiving from ${queueUrl}`, request);
  const messages = Messages.flatMap((message) => {
    const row = rowOf(message, serde);
    if (row !== undefined) return [{ id: message.MessageId!, receipt: message.ReceiptHandle!, row }];
    log.error(`The message ${message.MessageId} is no JSON, and stays in the queue.`);
    return [];
  });
  return { isEmpty: Messages.length === 0, messages };
}

function rowOf(message: Message, serde: "STRING" | "JSON"): Received["row"] | undefined {
  const { Body = "", MessageId = "", Attributes, MessageAttributes } = message;
  const { ApproximateReceiveCount, MessageGroupId, MessageDeduplicationId } = Attributes ?? {};
  const data = serde === "JSON" ? jsonOf(Body) : Body;
  if (data === undefined) return undefined;
  const attributes = Object.entries(MessageAttributes ?? {}).map(([name, { StringValue, BinaryValue }]) => [
    name,
    StringValue ?? Buffer.from(BinaryValue ?? []).toString("base64"),
  ]);
  return {
    data,
    messageId: MessageId,
    ...(MessageGroupId !== undefined && { groupId: MessageGroupId }),
    ...(MessageDeduplicationId !== undefined && { deduplicationId: MessageDeduplicationId }),
    ...(attributes.length > 0 && { attributes: Object.fromEntries(attributes) as Record<string, string> }),
    receiveCount: Number(ApproximateReceiveCount ?? 1),
  };
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // No text of JSON says undefined.
  }
}
