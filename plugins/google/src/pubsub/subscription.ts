import { dynamic, parseJsonValue, type TaskLogger, text } from "@capstan/sdk";
import { z } from "zod";
import { accountProperties } from "../account.ts";
import type { GoogleApi } from "../google-api.ts";
import { statusOf } from "../google-failure.ts";
import { serdeTypeProperty, topicProperty, wholeName } from "./connection.ts";

/** For how long Pub/Sub keeps a message from others at most, in seconds. */
export const HELD_SECONDS_MAX = 600;
/** Messages, or acknowledgements, of one request. */
export const REQUEST_MAX = 1_000;
/** A subscription that gives nothing for so long counts as empty, in milliseconds: Pub/Sub may wait much longer for a message. */
export const EMPTY_MS = 10_000;

/** For what is still to be done after a kill, in milliseconds. */
const LAST_MS_MAX = 5_000;

/** Of whatever reads messages. */
export const subscriptionProperties = () => ({
  ...accountProperties(),
  topic: topicProperty(),
  autoCreateSubscription: dynamic(z.boolean())
    .default(true)
    .describe(
      "Whether a subscription that isn't there is made. It gets what is published from then on. Default: true.",
    ),
  serdeType: serdeTypeProperty(),
});

/** Of triggers, which may have one of their own. */
export const ownSubscriptionProperty = () =>
  text()
    .optional()
    .describe(
      "Name of the subscription, or projects/…/subscriptions/… for one of another project. Default: one of the trigger's own, by the names " +
        "of namespace, flow and trigger.",
    );

/** What is known of a message. */
export const messageRow = () =>
  z.object({
    data: z.unknown().describe("The text of the message, or its value. Null when it has attributes only."),
    messageId: z.string().describe("Given by Pub/Sub."),
    publishTime: z.string().optional().describe("When it was published."),
    attributes: z.record(z.string(), z.string()).optional().describe("What the sender added."),
    orderingKey: z
      .string()
      .optional()
      .describe("Messages of one key come in their order, if the subscription says so."),
  });

/** What is kept of a message that was received and is not yet acknowledged: its text may be large. */
export interface Receipt {
  readonly id: string;
  readonly ackId: string;
}

/** A message as it is received. */
export interface Received extends Receipt {
  readonly row: z.output<ReturnType<typeof messageRow>>;
}

const pullAnswer = z.object({
  receivedMessages: z
    .array(
      z.object({
        ackId: z.string(),
        message: z.object({
          data: z.string().optional(),
          messageId: z.string(),
          publishTime: z.string().optional(),
          attributes: z.record(z.string(), z.string()).optional(),
          orderingKey: z.string().optional(),
        }),
      }),
    )
    .default([]),
});

/** One subscription, asked by one account. */
export interface Subscription {
  readonly name: string;
  /** Some messages, which others don't get for ten minutes; none when none comes for a while. What is no JSON stays there, and is logged. */
  pull(options: Pull): Promise<{ readonly isEmpty: boolean; readonly messages: readonly Received[] }>;
  /** Removes messages. Answers those that could not be: that is logged and no failure, as they have been taken, and come again. */
  acknowledge(messages: readonly Receipt[]): Promise<readonly Receipt[]>;
  /** Gives messages back, also after a kill: others, or the next question, get them so many seconds later. */
  release(messages: readonly Receipt[], seconds: number): Promise<void>;
}

export interface Pull {
  readonly max: number;
  /** How long it may take, in milliseconds; `EMPTY_MS` at most. */
  readonly waitMs?: number;
}

export interface SubscriptionOptions {
  readonly topic: string;
  readonly subscription: string;
  readonly autoCreateSubscription: boolean;
  readonly serdeType: "STRING" | "JSON";
}

/** Nothing is asked before the first message is. Throws `TaskFailure` for names that can't be. */
export async function openSubscription(
  api: GoogleApi,
  { serdeType, autoCreateSubscription, ...options }: SubscriptionOptions,
  log: TaskLogger,
): Promise<Subscription> {
  const topic = await wholeName(api, "topics", options.topic);
  const name = await wholeName(api, "subscriptions", options.subscription);
  const change = async (messages: readonly Receipt[], seconds: number, signal: AbortSignal) => {
    for (const { ackIds } of requestsOf(messages)) {
      const body = { ackIds, ackDeadlineSeconds: seconds };
      await api.call({ what: `Holding messages of ${name}`, path: `/v1/${name}:modifyAckDeadline`, body, signal });
    }
  };
  return {
    name,
    async pull({ max, waitMs = EMPTY_MS }) {
      const limits = { max: Math.min(max, REQUEST_MAX), waitMs: Math.min(waitMs, EMPTY_MS) };
      const received = await pullOnce(api, name, limits).catch(async (error: unknown) => {
        if (statusOf(error) !== 404 || !autoCreateSubscription) throw error;
        await create(api, name, topic);
        return pullOnce(api, name, limits);
      });
      const all = received.map(({ ackId, message }) => ({
        id: message.messageId,
        ackId,
        row: rowOf(message, serdeType),
      }));
      await change(all, HELD_SECONDS_MAX, api.signal);
      const messages = all.filter((each): each is Received => each.row !== undefined);
      for (const { id, row } of all)
        if (row === undefined) log.error(`The message ${id} is no JSON, and stays in ${name}.`);
      return { isEmpty: received.length === 0, messages };
    },
    acknowledge: (messages) => acknowledged(api, name, messages, log),
    async release(messages, seconds) {
      try {
        await change(messages, seconds, AbortSignal.timeout(LAST_MS_MAX));
      } catch (error) {
        log.warn(`Messages of ${name} come again in ten minutes only. ${(error as Error).message}`);
      }
    },
  };
}

async function create(api: GoogleApi, name: string, topic: string): Promise<void> {
  try {
    await api.call({ what: `Making ${name}`, method: "PUT", path: `/v1/${name}`, body: { topic } });
  } catch (error) {
    if (statusOf(error) !== 409) throw error; // Somebody else has made it meanwhile.
  }
}

/** No answer for a while is an empty one. A message that comes just then is given again. */
async function pullOnce(api: GoogleApi, name: string, { max, waitMs }: Required<Pull>) {
  api.signal.throwIfAborted();
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), waitMs);
  const signal = AbortSignal.any([api.signal, limit.signal]);
  try {
    const body = { maxMessages: max };
    const answer = await api.call({ what: `Reading ${name}`, path: `/v1/${name}:pull`, body, signal });
    return pullAnswer.parse(answer ?? {}).receivedMessages;
  } catch (error) {
    if (limit.signal.aborted && !api.signal.aborted) return [];
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function acknowledged(
  api: GoogleApi,
  name: string,
  messages: readonly Receipt[],
  log: TaskLogger,
): Promise<readonly Receipt[]> {
  const left: Receipt[] = [];
  for (const { ackIds, batch } of requestsOf(messages)) {
    // What was told is told: it is acknowledged also when the listener is to end.
    const signal = api.signal.aborted ? AbortSignal.timeout(LAST_MS_MAX) : api.signal;
    const body = { ackIds };
    try {
      await api.call({ what: `Acknowledging messages of ${name}`, path: `/v1/${name}:acknowledge`, body, signal });
    } catch (error) {
      log.warn(`${batch.length} messages may come again. ${(error as Error).message}`);
      left.push(...batch);
    }
  }
  return left;
}

function requestsOf(messages: readonly Receipt[]) {
  return Array.from({ length: Math.ceil(messages.length / REQUEST_MAX) }, (_, index) => {
    const batch = messages.slice(index * REQUEST_MAX, (index + 1) * REQUEST_MAX);
    return { batch, ackIds: batch.map(({ ackId }) => ackId) };
  });
}

type Message = z.output<typeof pullAnswer>["receivedMessages"][number]["message"];

/** Undefined for what is no JSON, although it is to be. */
function rowOf(
  { data, orderingKey = "", ...message }: Message,
  serdeType: "STRING" | "JSON",
): Received["row"] | undefined {
  const text = data === undefined ? undefined : Buffer.from(data, "base64").toString();
  const value = text === undefined ? null : serdeType === "JSON" ? jsonOf(text) : text;
  return value === undefined ? undefined : { data: value, ...message, ...(orderingKey !== "" && { orderingKey }) };
}

function jsonOf(text: string): unknown {
  try {
    return parseJsonValue(text);
  } catch {
    return undefined; // No text of JSON says undefined.
  }
}
