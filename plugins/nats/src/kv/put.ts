import { anyMap, defineTask } from "@capstan/sdk";
import { z } from "zod";
import { bucketProperties, withBucket } from "./bucket.ts";

/** Sets keys of a bucket. */
export const put = defineTask({
  type: "io.kestra.plugin.nats.kv.Put",
  title: "Set keys in a bucket of NATS",
  description: "One after the other: when one can't be set, those before it are.",
  properties: () =>
    z.object({
      ...bucketProperties(),
      values: anyMap().describe("Keys and their values. A text is kept as it is, anything else as JSON."),
    }),
  outputs: () => z.object({ revisions: z.record(z.string(), z.int()).describe("The revision of each key.") }),
  examples: [
    {
      title: "Set two prices",
      code:
        "id: put\ntype: io.kestra.plugin.nats.kv.Put\nurl: nats://nats.example.com:4222\nbucketName: prices\n" +
        "values:\n  book: 12\n  pen: { amount: 2, currency: EUR }\n",
    },
  ],
  run: (context) =>
    withBucket(context, async (bucket) => {
      const revisions: Record<string, number> = {};
      for (const [key, value] of Object.entries(context.properties.values))
        revisions[key] = await bucket.put(key, typeof value === "string" ? value : JSON.stringify(value));
      return { revisions };
    }),
});
