import { duration, dynamic, instant, TaskFailure, text } from "@capstan/sdk";
import type { ConsumerConfig, ConsumerInfo, JetStreamManager, Consumer } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { connectionProperties } from "./connection.ts";

/** As in Kestra, and as NATS calls them. */
const DELIVER_POLICIES = ["All", "Last", "New", "ByStartTime", "LastPerSubject"] as const;

/** Properties of what reads a stream. */
export const subscriptionProperties = () => ({
  ...connectionProperties(),
  subject: text().describe(
    "Subject to read, which a stream of JetStream must keep; `*` stands for one part, `>` for all that follow.",
  ),
  durableId: text()
    .optional()
    .describe(
      "Name of a consumer that the stream keeps, with what was read and acknowledged; it is made if there is none.",
    ),
  since: instant().optional().describe("Begin with what came at this time or later, such as 2026-01-31T00:00:00Z."),
  batchSize: dynamic(z.int().min(1).max(10_000))
    .default(10)
    .describe("How many messages are asked for at once; `RealtimeTrigger` asks for one with `durableId`. Default: 10."),
  deliverPolicy: dynamic(z.enum(DELIVER_POLICIES))
    .default("All")
    .describe(
      "Where to begin: All, Last, New, LastPerSubject, or ByStartTime (with `since`). A consumer that is there goes on where it is. Default: All.",
    ),
});

/** Properties of what reads many messages into one file. */
export const limitProperties = () => ({
  pollDuration: duration()
    .default(2_000)
    .describe(
      "How long to wait for a message before there are none, when `maxDuration` is not given; PT1S at least. Default: PT2S.",
    ),
  maxRecords: dynamic(z.int().min(1)).optional().describe("After how many messages it ends. Default: no limit."),
  maxDuration: duration()
    .optional()
    .describe("After how long it ends, be there messages or none. Default: when none came for `pollDuration`."),
});

export type Subscription = z.output<z.ZodObject<ReturnType<typeof subscriptionProperties>>>;

/** A consumer to read with. */
export interface Reader {
  readonly stream: string;
  readonly consumer: Consumer;
  /** How long a message may be unacknowledged before others get it, in milliseconds; undefined where nothing is to be acknowledged. */
  readonly ackWaitMs: number | undefined;
}

/** How long the stream keeps a consumer without a name that nobody asks. */
const UNUSED_MS_MAX = 300_000;
/** Of consumers that are made here: enough for a whole file of messages. */
export const UNACKNOWLEDGED_MAX = 100_000;
const ACK_WAIT_MS = 60_000;
const NANOSECONDS = 1_000_000;

/** Reads behind a message (its number in the stream), or where the properties say. Throws `TaskFailure` where no stream keeps the subject. */
export async function withReader<Result>(
  connection: NatsConnection,
  properties: Subscription,
  behind: { readonly stream: string; readonly sequence: number } | undefined,
  use: (reader: Reader) => Promise<Result>,
): Promise<Result> {
  const { jetstream, jetstreamManager } = await import("@nats-io/jetstream");
  const manager = await jetstreamManager(connection);
  const stream = await streamOf(manager, properties.subject);
  const { durableId } = properties;
  const start = behind?.stream === stream ? startBehind(behind.sequence) : startOf(properties);
  const info =
    durableId === undefined
      ? await manager.consumers.add(stream, {
          ...start,
          filter_subject: properties.subject,
          ack_policy: "none",
          inactive_threshold: UNUSED_MS_MAX * NANOSECONDS,
        })
      : await durable(manager, stream, durableId, { ...startOf(properties), filter_subject: properties.subject });
  const isAcknowledged = info.config.ack_policy !== "none";
  try {
    const consumer = await jetstream(connection).consumers.get(stream, info.name);
    const ackWaitMs = isAcknowledged ? (info.config.ack_wait ?? ACK_WAIT_MS * NANOSECONDS) / NANOSECONDS : undefined;
    return await use({ stream, consumer, ackWaitMs });
  } finally {
    // The stream does it by itself a little later.
    if (durableId === undefined && !connection.isClosed())
      await manager.consumers.delete(stream, info.name).catch(() => false);
  }
}

/** The number of the last message of the stream that keeps the subject. */
export async function endOf(
  connection: NatsConnection,
  subject: string,
): Promise<{ stream: string; sequence: number }> {
  const { jetstreamManager } = await import("@nats-io/jetstream");
  const manager = await jetstreamManager(connection);
  const stream = await streamOf(manager, subject);
  return { stream, sequence: (await manager.streams.info(stream)).state.last_seq };
}

async function streamOf(manager: JetStreamManager, subject: string): Promise<string> {
  try {
    return await manager.streams.find(subject);
  } catch (error) {
    if (!(error instanceof Error) || !/no stream matches subject/iu.test(error.message)) throw error;
    throw new TaskFailure(
      `No stream of JetStream keeps ${subject}. Make one with this subject, or publish to one that is kept.`,
      {
        cause: error,
      },
    );
  }
}

async function durable(
  manager: JetStreamManager,
  stream: string,
  name: string,
  config: Partial<ConsumerConfig>,
): Promise<ConsumerInfo> {
  try {
    return await manager.consumers.info(stream, name);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ConsumerNotFoundError") throw error;
    return manager.consumers.add(stream, {
      ...config,
      durable_name: name,
      ack_policy: "explicit",
      ack_wait: ACK_WAIT_MS * NANOSECONDS,
      max_ack_pending: UNACKNOWLEDGED_MAX,
    });
  }
}

function startBehind(sequence: number): Partial<ConsumerConfig> {
  return { deliver_policy: "by_start_sequence", opt_start_seq: sequence + 1 };
}

function startOf({ since, deliverPolicy }: Subscription): Partial<ConsumerConfig> {
  if (since !== undefined) return { deliver_policy: "by_start_time", opt_start_time: new Date(since).toISOString() };
  switch (deliverPolicy) {
    case "All":
      return { deliver_policy: "all" };
    case "Last":
      return { deliver_policy: "last" };
    case "New":
      return { deliver_policy: "new" };
    case "LastPerSubject":
      return { deliver_policy: "last_per_subject" };
    case "ByStartTime":
      throw new TaskFailure("`deliverPolicy` is ByStartTime, but `since` does not say when.");
    default:
      return deliverPolicy satisfies never;
  }
}
