import { defineTask, dynamic, TaskFailure } from "@capstan/sdk";
import { eachAtOnce } from "@capstan/sdk/objects";
import { z } from "zod";
import { statusOf } from "../azure-failure.ts";
import { connectionProperties } from "../connection.ts";
import { type Blob, deleteBlob } from "./blob.ts";
import { openBlobs } from "./blob-api.ts";
import { selectedBlobs, selectionProperties } from "./listing.ts";

/** Blobs that are listed before they are deleted: so many are in memory. */
const BATCH = 1_000;

/** Deletes the blobs that a listing finds. */
export const deleteList = defineTask({
  type: "io.kestra.plugin.azure.storage.blob.DeleteList",
  title: "Delete many blobs of Azure",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...selectionProperties(),
      concurrent: dynamic(z.int().min(1).max(100))
        .default(1)
        .describe("Requests that are on their way at the same time, 100 at most. Default: 1."),
      errorOnEmpty: dynamic(z.boolean())
        .default(false)
        .describe("Whether it is a failure that there is nothing to delete. Default: false."),
    }),
  outputs: () =>
    z.object({
      count: z.int().describe("Blobs that are deleted."),
      size: z.int().describe("Their bytes."),
    }),
  examples: [
    {
      title: "Delete what a day has left",
      code: "id: tidy\ntype: io.kestra.plugin.azure.storage.blob.DeleteList\nconnectionString: \"{{ secret('AZURE_CONNECTION_STRING') }}\"\ncontainer: data\nprefix: tmp/{{ trigger.date | date('yyyy-MM-dd') }}/\nconcurrent: 10\n",
    },
  ],
  async run(context) {
    const { properties, log, metric, evaluate, signal } = context;
    const { concurrent: atOnce, errorOnEmpty } = properties;
    const shown = `${properties.container}/${properties.prefix ?? ""}`;
    const api = openBlobs(context, properties);
    const deleted = { count: 0, size: 0 };
    const remove = (blobs: readonly Blob[]) =>
      eachAtOnce(blobs, { atOnce, signal }, async (blob) => {
        try {
          await deleteBlob(api, blob);
          deleted.count += 1;
          deleted.size += blob.size;
        } catch (error) {
          // Somebody else was faster.
          if (statusOf(error) !== 404) throw error;
        }
      });
    let batch: Blob[] = [];
    for await (const blob of selectedBlobs(evaluate, api, properties)) {
      batch.push(blob);
      if (batch.length < BATCH) continue;
      await remove(batch);
      batch = [];
    }
    await remove(batch);
    if (deleted.count === 0 && errorOnEmpty)
      throw new TaskFailure(
        `There is nothing to delete at ${shown}. Leave \`errorOnEmpty\` out where that is no failure.`,
      );
    metric({ name: "count", type: "counter", value: deleted.count });
    metric({ name: "size", type: "counter", value: deleted.size });
    log.info(`Deleted ${deleted.count} blobs of ${deleted.size} bytes at ${shown}`);
    return deleted;
  },
});
