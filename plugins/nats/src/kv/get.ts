import { defineTask, dynamic, listOrText, parseJsonValue } from "@capstan/sdk";
import { z } from "zod";
import { bucketProperties, withBucket } from "./bucket.ts";

/** Reads keys of a bucket. */
export const get = defineTask({
  type: "io.kestra.plugin.nats.kv.Get",
  title: "Read keys of a bucket of NATS",
  properties: () =>
    z.object({
      ...bucketProperties(),
      keys: listOrText().describe("Keys to read."),
      keyRevisions: dynamic(z.record(z.string(), dynamic(z.int().min(1))))
        .optional()
        .describe("Revisions to read of some of the keys. Default: the last one of each."),
    }),
  outputs: () =>
    z.object({
      output: z
        .record(z.string(), z.unknown())
        .describe(
          "Keys and their values; those that are JSON as what they are, others as text. Keys without a value are left out.",
        ),
    }),
  examples: [
    {
      title: "Read two prices",
      code: "id: get\ntype: io.kestra.plugin.nats.kv.Get\nurl: nats://nats.example.com:4222\nbucketName: prices\nkeys: [book, pen]\n",
    },
  ],
  run: (context) =>
    withBucket(context, async (bucket) => {
      const { keys, keyRevisions = {} } = context.properties;
      const output: Record<string, unknown> = {};
      for (const key of keys) {
        const revision = keyRevisions[key];
        const entry = await bucket.get(key, revision === undefined ? undefined : { revision });
        if (entry?.operation === "PUT") output[key] = valueOf(entry.string());
      }
      return { output };
    }),
});

function valueOf(text: string): unknown {
  try {
    return parseJsonValue(text);
  } catch {
    return text; // Any text may be a value.
  }
}
