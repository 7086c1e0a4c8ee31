import {
  dynamic,
  formatDuration,
  parseDuration,
  parseInstant,
  parseJsonValue,
  TaskFailure,
  type TaskLogger,
} from "@capstan/sdk";
import type { Message, Options } from "amqplib";
import { z } from "zod";

/** How what messages hold is written. */
export const serdeType = () =>
  dynamic(z.enum(["STRING", "JSON"]))
    .default("STRING")
    .describe("What messages hold: STRING, or JSON. Default: STRING.");
type SerdeType = "STRING" | "JSON";

/** What is told of a message. */
export const messageOutputs = () =>
  z.object({
    contentType: z.string().optional().describe("Type of what it holds, such as application/json."),
    contentEncoding: z.string().optional().describe("Encoding of what it holds."),
    headers: z.record(z.string(), z.unknown()).describe("Its headers."),
    deliveryMode: z.int().optional().describe("2 where the broker keeps it on its disk."),
    priority: z.int().optional().describe("Its priority."),
    messageId: z.string().optional().describe("Its name."),
    correlationId: z.string().optional().describe("What it is an answer to."),
    replyTo: z.string().optional().describe("Queue for answers."),
    expiration: z.string().optional().describe("How long a queue keeps it, such as PT1M."),
    timestamp: z.string().optional().describe("When it was sent, to the second."),
    type: z.string().optional().describe("Its kind."),
    userId: z.string().optional().describe("Who sent it."),
    appId: z.string().optional().describe("What sent it."),
    data: z.unknown().describe("What it holds: a text, or with `serdeType: JSON` any value."),
  });

type Row = z.output<ReturnType<typeof messageOutputs>>;

/** What can't be read must not hold up what is behind it: it is handed on as the text that it is. */
export function rowOf({ content, properties, fields }: Message, serde: SerdeType, log: TaskLogger): Row {
  const { expiration, timestamp, headers, ...about } = properties;
  const told = {
    contentType: about.contentType,
    contentEncoding: about.contentEncoding,
    deliveryMode: about.deliveryMode,
    priority: about.priority,
    messageId: about.messageId,
    correlationId: about.correlationId,
    replyTo: about.replyTo,
    expiration: /^\d+$/u.test(String(expiration)) ? formatDuration(Number(expiration)) : undefined,
    timestamp: typeof timestamp === "number" ? new Date(timestamp * 1_000).toISOString() : undefined,
    type: about.type,
    userId: about.userId,
    appId: about.appId,
  };
  const known = Object.entries(told).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(known), headers: { ...headers }, data: valueOf(content, serde, fields.exchange, log) };
}

function valueOf(content: Buffer, serde: SerdeType, exchange: string, log: TaskLogger): unknown {
  const text = content.toString();
  if (serde === "STRING") return text;
  try {
    return parseJsonValue(text);
  } catch {
    log.warn(`A message of the exchange "${exchange}" is no JSON; it is handed on as text.`);
    return text;
  }
}

export interface Sent {
  readonly content: Buffer;
  readonly options: Options.Publish;
}

/** A map with `data` may have what `messageOutputs` tells of messages; anything else is what the message holds. Throws `TaskFailure`. */
export function sentOf(given: unknown, serde: SerdeType): Sent {
  const isMessage = typeof given === "object" && given !== null && !Array.isArray(given) && "data" in given;
  const { data, ...about } = isMessage ? given : { data: given };
  const content = serde === "JSON" || typeof data !== "string" ? (JSON.stringify(data) ?? "null") : data;
  return { content: Buffer.from(content), options: optionsOf(about) };
}

const propertiesOfMessages = z.object({
  contentType: z.string().nullish(),
  contentEncoding: z.string().nullish(),
  headers: z.record(z.string(), z.unknown()).nullish(),
  deliveryMode: z.coerce.number().int().min(1).max(2).nullish(),
  priority: z.coerce.number().int().min(0).max(255).nullish(),
  messageId: z.coerce.string().nullish(),
  correlationId: z.coerce.string().nullish(),
  replyTo: z.string().nullish(),
  expiration: z.union([z.string(), z.number()]).nullish(),
  timestamp: z.union([z.string(), z.number()]).nullish(),
  type: z.string().nullish(),
  userId: z.string().nullish(),
  appId: z.string().nullish(),
});

function optionsOf(about: Readonly<Record<string, unknown>>): Options.Publish {
  const checked = propertiesOfMessages.safeParse(about);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw new TaskFailure(`The \`${issue?.path.join(".")}\` of a message can't be sent: ${issue?.message}.`);
  }
  const { expiration, timestamp, ...further } = checked.data;
  const options = {
    ...further,
    deliveryMode: further.deliveryMode ?? 2,
    expiration: expiration === null || expiration === undefined ? undefined : millisecondsOf(expiration),
    timestamp: timestamp === null || timestamp === undefined ? undefined : secondsOf(timestamp),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null));
}

/** A duration, or milliseconds. */
function millisecondsOf(expiration: string | number): string {
  const text = String(expiration);
  const milliseconds = /^\d+$/u.test(text) ? Number(text) : parseDuration(text);
  if (milliseconds === undefined)
    throw new TaskFailure("The `expiration` of a message is neither a duration such as PT1M nor milliseconds.");
  return String(milliseconds);
}

/** A date, or seconds since 1970. */
function secondsOf(timestamp: string | number): number {
  const text = String(timestamp);
  const time = /^\d+$/u.test(text) ? Number(text) * 1_000 : parseInstant(text);
  if (time === undefined)
    throw new TaskFailure("The `timestamp` of a message is neither a date such as 2026-01-31T10:00:00Z nor seconds.");
  return Math.floor(time / 1_000);
}
