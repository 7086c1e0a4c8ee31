import { deep, defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { failForRefused, sendEntries } from "../answered-entries.ts";
import { told } from "../aws-failure.ts";
import { asText, givenEntries } from "../given-entries.ts";
import { serviceProperties } from "../service.ts";
import { openKinesis } from "./access.ts";

/** What one request holds. A larger record goes alone, and Kinesis says what it thinks of it. */
const LIMITS = { count: 500, bytes: 5_242_880 };

const record = z.object({
  data: z.unknown().refine((value) => value !== undefined && value !== null, "is missing"),
  partitionKey: z.string().min(1).max(256),
  explicitHashKey: z.string().nullish(),
});

const RECORDS = {
  noun: "Record",
  property: "records",
  otherwise: "it is no map with `data` and `partitionKey`",
  schema: record,
};

/** Sends records to a stream. */
export const putRecords = defineTask({
  type: "io.kestra.plugin.aws.kinesis.PutRecords",
  title: "Send records to a stream of Kinesis",
  description:
    "In the order in which they are given, up to 500 to a request. A file tells what became of each, also when the task fails because some were refused, as when a shard gets too many.",
  properties: () =>
    z.object({
      ...serviceProperties(),
      streamName: text().optional().describe("Name of the stream. Give it, or `streamArn`."),
      streamArn: text()
        .optional()
        .describe("ARN of the stream, instead of its name. It says the region, if `region` does not."),
      records: deep().describe(
        "A record, a list of them, or the address of a file with one a line. Each is a map: `data` (a text, or any other value, sent as JSON), `partitionKey` and, where wanted, `explicitHashKey`.",
      ),
      failOnUnsuccessfulRecords: dynamic(z.boolean())
        .default(true)
        .describe("Whether the task fails when a record was refused. Default: true."),
    }),
  outputs: () =>
    z.object({
      uri: z
        .string()
        .describe(
          "The file of the records, one a line, with `sequenceNumber` and `shardId` of each, or its `errorCode` and `errorMessage`.",
        ),
      recordCount: z.int().describe("How many records there were."),
      failedRecordsCount: z.int().describe("How many of them were refused."),
    }),
  examples: [
    {
      title: "Send the rows of a file, by customer",
      code: 'id: send\ntype: io.kestra.plugin.aws.kinesis.PutRecords\nstreamName: orders\nrecords:\n  - partitionKey: "{{ inputs.customer }}"\n    data:\n      order: "{{ inputs.order }}"\n',
    },
  ],
  async run(context) {
    const { properties, files, metric, log } = context;
    const { streamName, streamArn } = properties;
    if ((streamName === undefined) === (streamArn === undefined))
      throw new TaskFailure("Which stream is meant is not clear: give `streamName` or `streamArn`, and not both.");
    const stream = streamName ?? streamArn;
    using kinesis = await openKinesis(context, streamArn);
    const sent = await sendEntries(context, givenEntries(properties.records, files, RECORDS), {
      limits: LIMITS,
      bytesOf: ({ data, partitionKey }) => Buffer.byteLength(asText(data)) + Buffer.byteLength(partitionKey),
      rowOf: (entry) => entry,
      send: async (batch, first) => {
        const request = kinesis.client.putRecords(
          {
            ...(streamName === undefined ? { StreamARN: streamArn } : { StreamName: streamName }),
            Records: batch.map(({ data, partitionKey, explicitHashKey }) => ({
              Data: Buffer.from(asText(data)),
              PartitionKey: partitionKey,
              ...(explicitHashKey != null && { ExplicitHashKey: explicitHashKey }),
            })),
          },
          kinesis.ending,
        );
        const what = `Sending records ${first} to ${first + batch.length - 1} to ${stream}`;
        const { Records = [] } = await told(what, request);
        return Records.map(({ SequenceNumber, ShardId, ErrorCode, ErrorMessage }) => ({
          facts: ErrorCode === undefined ? { sequenceNumber: SequenceNumber, shardId: ShardId } : {},
          errorCode: ErrorCode,
          errorMessage: ErrorMessage,
        }));
      },
    });
    const outputs = { uri: sent.uri, recordCount: sent.count, failedRecordsCount: sent.failedCount };
    metric({ name: "recordCount", type: "counter", value: sent.count });
    metric({ name: "failedRecordsCount", type: "counter", value: sent.failedCount });
    if (properties.failOnUnsuccessfulRecords) failForRefused(sent, "records", outputs);
    log.info(`${sent.count - sent.failedCount} of ${sent.count} records were taken by ${stream}`);
    return outputs;
  },
});
