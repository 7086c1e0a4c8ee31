import { defineTask, listOrText } from "@capstan/sdk";
import { z } from "zod";
import { bucketProperties, withBucket } from "./bucket.ts";

/** Deletes keys of a bucket. */
export const deleteKeys = defineTask({
  type: "io.kestra.plugin.nats.kv.Delete",
  title: "Delete keys of a bucket of NATS",
  description: "Their older values stay in the bucket's history.",
  properties: () => z.object({ ...bucketProperties(), keys: listOrText().describe("Keys to delete.") }),
  outputs: () => z.object({ deletedCount: z.int().describe("How many of the keys had a value.") }),
  examples: [
    {
      title: "Delete a price",
      code: "id: delete\ntype: io.kestra.plugin.nats.kv.Delete\nurl: nats://nats.example.com:4222\nbucketName: prices\nkeys: [book]\n",
    },
  ],
  run: (context) =>
    withBucket(context, async (bucket) => {
      let deletedCount = 0;
      for (const key of new Set(context.properties.keys)) {
        if ((await bucket.get(key))?.operation !== "PUT") continue;
        await bucket.delete(key);
        deletedCount += 1;
      }
      return { deletedCount };
    }),
});
