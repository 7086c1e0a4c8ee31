import { defineTask, deliverRows, duration, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { serviceProperties } from "../service.ts";
import { openKinesis } from "./access.ts";
import { readStream, type Start } from "./read-stream.ts";

const ITERATOR_TYPES = [
  "AT_SEQUENCE_NUMBER",
  "AFTER_SEQUENCE_NUMBER",
  "TRIM_HORIZON",
  "LATEST",
  "AT_TIMESTAMP",
] as const;

/** What a task and a trigger that read records have in common. */
export const readingProperties = () => ({
  streamName: text().describe("Name of the stream."),
  iteratorType: dynamic(z.enum(ITERATOR_TYPES))
    .default("LATEST")
    .describe(
      "Where the reading begins: LATEST (with what comes from now on), TRIM_HORIZON (with the oldest record that there is), or AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER (with or after `startingSequenceNumber`, of a stream of one shard). AT_TIMESTAMP is refused: no property says a time. Default: LATEST.",
    ),
  startingSequenceNumber: text()
    .optional()
    .describe("For AT_SEQUENCE_NUMBER and AFTER_SEQUENCE_NUMBER: number of the record."),
  maxRecords: dynamic(z.int().min(1)).default(1_000).describe("How many records are read at most. Default: 1000."),
  maxDuration: duration().default(30_000).describe("For how long records are read at most. Default: PT30S."),
  pollDuration: duration()
    .default(1_000)
    .describe("Time between two looks at shards that have nothing new; a fifth of a second at least. Default: PT1S."),
});

export const readingOutputs = () => ({
  count: z.int().describe("How many records were read."),
  uri: z
    .string()
    .describe(
      "The file of the records, one a line: `data`, `partitionKey`, `sequenceNumber`, `shardId` and `approximateArrivalTimestamp`.",
    ),
  lastSequencePerShard: z
    .record(z.string(), z.string())
    .describe("Number of the last record of each shard that had any."),
});

/** Reads records of a stream into a file. */
export const consume = defineTask({
  type: "io.kestra.plugin.aws.kinesis.Consume",
  title: "Read records of a stream of Kinesis",
  description:
    "Until there are `maxRecords`, or `maxDuration` is over. Records stay in the stream; to go on where this ended, keep `lastSequencePerShard`, or take the trigger, which does.",
  properties: () => z.object({ ...serviceProperties(), ...readingProperties() }),
  outputs: () => z.object(readingOutputs()),
  examples: [
    {
      title: "Read what a stream has",
      code: "id: read\ntype: io.kestra.plugin.aws.kinesis.Consume\nstreamName: orders\niteratorType: TRIM_HORIZON\nmaxRecords: 100000\nmaxDuration: PT1M\n",
    },
  ],
  async run(context) {
    const { properties, files, metric, log } = context;
    const start = startOf(properties);
    using kinesis = await openKinesis(context);
    const { rows, lastSequencePerShard } = readStream(kinesis, { ...properties, startOf: () => start });
    const { uri, size: count } = await deliverRows(rows, "STORE", files, "records.ion");
    metric({ name: "kinesis.consume.records", type: "counter", value: count });
    log.info(`${count} records of ${properties.streamName} were read`);
    return { count, uri, lastSequencePerShard };
  },
});

interface Place {
  readonly iteratorType: (typeof ITERATOR_TYPES)[number];
  readonly startingSequenceNumber?: string | undefined;
}

/** Throws `TaskFailure` for a place that is not said. */
export function startOf({ iteratorType, startingSequenceNumber }: Place): Start {
  if (iteratorType === "AT_TIMESTAMP")
    throw new TaskFailure(
      "`iteratorType` is AT_TIMESTAMP, and no property says which time. Take TRIM_HORIZON for all that the stream has, or AFTER_SEQUENCE_NUMBER.",
    );
  if (!iteratorType.endsWith("SEQUENCE_NUMBER")) return { ShardIteratorType: iteratorType };
  if (startingSequenceNumber === undefined)
    throw new TaskFailure(`\`startingSequenceNumber\` is missing, which \`iteratorType: ${iteratorType}\` needs.`);
  return { ShardIteratorType: iteratorType, StartingSequenceNumber: startingSequenceNumber };
}
