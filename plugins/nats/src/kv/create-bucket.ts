import { defineTask, dynamic, TaskFailure, text, textMap } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties, withNats } from "../connection.ts";

/** Makes a key-value bucket. */
export const createBucket = defineTask({
  type: "io.kestra.plugin.nats.kv.CreateBucket",
  title: "Make a key-value bucket of NATS",
  description: "Fails when there is one of this name already.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      name: text().describe("Name of the bucket: letters, digits, `_` and `-`."),
      description: text().optional().describe("What it is for."),
      metadata: textMap().optional().describe("Further names and values that are kept with it. Needs NATS 2.10."),
      historyPerKey: dynamic(z.int().min(1).max(64))
        .default(1)
        .describe("How many values of a key are kept, 64 at most. Default: 1."),
      bucketSize: dynamic(z.int().min(1)).optional().describe("Bytes that it may hold. Default: no limit."),
      valueSize: dynamic(z.int().min(1))
        .optional()
        .describe("Bytes that a value may have. Default: no limit of its own."),
    }),
  outputs: () =>
    z.object({
      bucket: z.string().describe("Name of the bucket."),
      description: z.string().optional().describe("What it is for."),
      history: z.int().describe("How many values of a key are kept."),
      entryCount: z.int().describe("How many values it holds."),
      bucketSize: z.int().describe("Bytes that it may hold; -1 without a limit."),
      valueSize: z.int().describe("Bytes that a value may have; -1 without a limit."),
      metadata: z.record(z.string(), z.string()).describe("Names and values that are kept with it."),
    }),
  examples: [
    {
      title: "Make a bucket that keeps ten values of each key",
      code: "id: bucket\ntype: io.kestra.plugin.nats.kv.CreateBucket\nurl: nats://nats.example.com:4222\nname: prices\nhistoryPerKey: 10\n",
    },
  ],
  async run(context) {
    const { name, description, metadata, historyPerKey, bucketSize, valueSize } = context.properties;
    return withNats(context, async (connection) => {
      const { Kvm } = await import("@nats-io/kv");
      const { jetstreamManager } = await import("@nats-io/jetstream");
      const { streams } = await jetstreamManager(connection);
      if ((await streams.names(`$KV.${name}.>`).next()).includes(`KV_${name}`))
        throw new TaskFailure(`There is a bucket ${name} already. Take another name, or go on without this task.`);
      const bucket = await new Kvm(connection).create(name, {
        history: historyPerKey,
        ...(description === undefined ? {} : { description }),
        ...(metadata === undefined ? {} : { metadata }),
        ...(bucketSize === undefined ? {} : { max_bytes: bucketSize }),
        ...(valueSize === undefined ? {} : { maxValueSize: valueSize }),
      });
      const { values, streamInfo } = await bucket.status();
      const { config } = streamInfo;
      return {
        bucket: name,
        description: config.description,
        history: config.max_msgs_per_subject,
        entryCount: values,
        bucketSize: config.max_bytes,
        valueSize: config.max_msg_size,
        metadata: metadata ?? {},
      };
    });
  },
});
