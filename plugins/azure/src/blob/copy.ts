import { defineTask, dynamic, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties } from "../connection.ts";
import { blobOutput, deleteBlob, readBlob } from "./blob.ts";
import { openBlobs, shownPlace } from "./blob-api.ts";
import { copyBlob } from "./copy-blob.ts";
import { blobPlace } from "./move.ts";

/** Copies a blob, or moves it. */
export const copy = defineTask({
  type: "io.kestra.plugin.azure.storage.blob.Copy",
  title: "Copy or move a blob of Azure",
  description: "The content does not pass through the worker. Both blobs are of one account.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      from: blobPlace("Its name.").describe("The blob to copy."),
      to: blobPlace("Its name.").describe("The new blob. One that is there is replaced."),
      delete: dynamic(z.boolean()).default(false).describe("Whether the original is deleted then. Default: false."),
    }),
  outputs: () => z.object({ blob: blobOutput().describe("The new blob.") }),
  examples: [
    {
      title: "Move a blob to an archive",
      code: "id: archive\ntype: io.kestra.plugin.azure.storage.blob.Copy\nconnectionString: \"{{ secret('AZURE_CONNECTION_STRING') }}\"\nfrom:\n  container: data\n  name: inbound/orders.csv\nto:\n  container: archive\n  name: orders.csv\ndelete: true\n",
    },
  ],
  async run(context) {
    const { properties, log } = context;
    const { from, to } = properties;
    if (properties.delete && shownPlace(from) === shownPlace(to))
      throw new TaskFailure(
        `\`from\` and \`to\` are both ${shownPlace(to)}: with \`delete\`, nothing would be left of it.`,
      );
    const api = openBlobs(context, properties);
    const { eTag } = await readBlob(api, from);
    const blob = await copyBlob(api, { ...from, eTag }, to);
    if (properties.delete) await deleteBlob(api, from, eTag);
    log.info(`${properties.delete ? "Moved" : "Copied"} ${shownPlace(from)} to ${shownPlace(to)}`);
    return { blob };
  },
});
