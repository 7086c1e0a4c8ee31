import { defineTask, dynamic, TaskFailure } from "@capstan/sdk";
import { eachAtOnce } from "@capstan/sdk/objects";
import { z } from "zod";
import { accountProperties } from "../account.ts";
import { statusOf } from "../google-failure.ts";
import type { Blob } from "./blob.ts";
import { selectedBlobs, selectionProperties } from "./listing.ts";
import { deleteObject, openStorage } from "./storage-api.ts";

/** Objects that are listed before they are deleted: so many are in memory. */
const BATCH = 1_000;

/** Deletes the objects that a listing finds. */
export const deleteList = defineTask({
  type: "io.kestra.plugin.gcp.gcs.DeleteList",
  title: "Delete many objects of Cloud Storage",
  properties: () =>
    z.object({
      ...accountProperties(),
      ...selectionProperties(),
      errorOnEmpty: dynamic(z.boolean())
        .default(false)
        .describe("Whether it is a failure that there is nothing to delete. Default: false."),
      concurrent: dynamic(z.int().min(1).max(100))
        .default(1)
        .describe("Requests that are on their way at the same time, 100 at most. Default: 1."),
    }),
  outputs: () =>
    z.object({
      count: z.int().describe("Objects that are deleted."),
      size: z.int().describe("Their bytes."),
    }),
  examples: [
    {
      title: "Delete what a day has left",
      code: "id: tidy\ntype: io.kestra.plugin.gcp.gcs.DeleteList\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\nfrom: gs://company-data/tmp/{{ trigger.date | date('yyyy-MM-dd') }}/\nlistingType: RECURSIVE\nconcurrent: 10\n",
    },
  ],
  async run(context) {
    const { properties, log, metric, evaluate } = context;
    const { from, errorOnEmpty, concurrent: atOnce, allVersions = false } = properties;
    const api = openStorage(context, properties);
    const deleted = { count: 0, size: 0 };
    const remove = async (blobs: readonly Blob[]) => {
      await eachAtOnce(blobs, { atOnce, signal: context.signal }, async (blob) => {
        const version = allVersions && blob.generation !== undefined ? { generation: blob.generation } : {};
        try {
          await deleteObject(api, blob, version);
          deleted.count += 1;
          deleted.size += blob.size;
        } catch (error) {
          // Somebody else was faster.
          if (statusOf(error) !== 404) throw error;
        }
      });
    };
    let batch: Blob[] = [];
    for await (const blob of selectedBlobs(evaluate, api, { ...properties, filter: "FILES" })) {
      batch.push(blob);
      if (batch.length < BATCH) continue;
      await remove(batch);
      batch = [];
    }
    await remove(batch);
    if (deleted.count === 0 && errorOnEmpty)
      throw new TaskFailure(
        `There is nothing to delete at ${from}. Leave \`errorOnEmpty\` out where that is no failure.`,
      );
    metric({ name: "count", type: "counter", value: deleted.count });
    metric({ name: "size", type: "counter", value: deleted.size });
    log.info(`Deleted ${deleted.count} objects of ${deleted.size} bytes at ${from}`);
    return deleted;
  },
});
