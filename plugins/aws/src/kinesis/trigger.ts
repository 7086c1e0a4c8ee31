import { defineTrigger, deliverRows, duration, type JsonMap } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties } from "../connection.ts";
import { openKinesis } from "./access.ts";
import { readingOutputs, readingProperties, startOf } from "./consume.ts";
import { OLDEST, readStream, type Start } from "./read-stream.ts";

/** How long one question reads at most, in milliseconds: the platform waits five minutes for an answer. */
const READ_MS_MAX = 120_000;

/** How far the trigger got: durable with the execution of its last event. */
interface Position {
  readonly streamName: string;
  /** When it was first asked, in epoch milliseconds: what LATEST means from then on. */
  readonly since: number;
  /** The shards of that time; those that came later are new from their first record on. */
  readonly firstShards: readonly string[];
  readonly sequences: Readonly<Record<string, string>>;
}

/** Starts executions for new records of a stream. */
export const trigger = defineTrigger({
  type: "io.kestra.plugin.aws.kinesis.Trigger",
  title: "Start the flow when records are in a stream of Kinesis",
  description:
    "One execution for all that came since the last question. How far the trigger got is durable with the execution, so that each record is told, and told once. `iteratorType` counts for the first question only; LATEST means what comes after that.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...readingProperties(),
      interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
    }),
  outputs: () => z.object(readingOutputs()),
  examples: [
    {
      title: "Look for orders each minute",
      code: "id: orders\ntype: io.kestra.plugin.aws.kinesis.Trigger\nstreamName: orders\ninterval: PT1M\nmaxDuration: PT5S\n",
    },
  ],
  async poll(context) {
    const { properties, files, now } = context;
    const { streamName, iteratorType, maxDuration } = properties;
    const stored = context.position as unknown as Position | undefined;
    const before = stored?.streamName === streamName ? stored : undefined;
    const since = before?.since ?? now();
    const first = iteratorType === "LATEST" ? startAt(since) : startOf(properties);
    using kinesis = await openKinesis(context);
    const { rows, lastSequencePerShard, shardIds } = readStream(kinesis, {
      ...properties,
      maxDuration: Math.min(maxDuration, READ_MS_MAX),
      startOf: (shardId) => {
        const sequence = before?.sequences[shardId];
        if (sequence !== undefined) return startAfter(sequence);
        return before === undefined || before.firstShards.includes(shardId) ? first : OLDEST;
      },
    });
    const { uri, size: count } = await deliverRows(rows, "STORE", files, "records.ion");
    const reached = Object.entries({ ...before?.sequences, ...lastSequencePerShard });
    const position = {
      streamName,
      since,
      firstShards: (before?.firstShards ?? [...shardIds]).filter((shardId) => shardIds.has(shardId)),
      sequences: Object.fromEntries(reached.filter(([shardId]) => shardIds.has(shardId))),
    } satisfies Position as JsonMap;
    if (count > 0) return { variables: { count, uri, lastSequencePerShard }, position };
    await files.delete(uri!);
    return before === undefined ? { position } : undefined;
  },
});

function startAt(time: number): Start {
  return { ShardIteratorType: "AT_TIMESTAMP", Timestamp: new Date(time) };
}

function startAfter(sequence: string): Start {
  return { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: sequence };
}
