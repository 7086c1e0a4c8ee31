import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties } from "../connection.ts";
import { blobOutput } from "./blob.ts";
import { openBlobs } from "./blob-api.ts";
import { listBlobs, maxFiles, selectionProperties } from "./listing.ts";

/** Lists blobs. */
export const list = defineTask({
  type: "io.kestra.plugin.azure.storage.blob.List",
  title: "List blobs of a container of Azure",
  properties: () => z.object({ ...connectionProperties(), ...selectionProperties(), maxFiles: maxFiles() }),
  outputs: () => z.object({ blobs: z.array(blobOutput()).describe("What was found, in the order of the names.") }),
  examples: [
    {
      title: "List the files of a folder",
      code: "id: list\ntype: io.kestra.plugin.azure.storage.blob.List\nconnectionString: \"{{ secret('AZURE_CONNECTION_STRING') }}\"\ncontainer: data\nprefix: orders/\nmaxFiles: 500\n",
    },
  ],
  async run(context) {
    const { properties, log, metric, evaluate } = context;
    const blobs = await listBlobs(evaluate, openBlobs(context, properties), properties);
    metric({ name: "size", type: "counter", value: blobs.length });
    log.info(`Found ${blobs.length} blobs at ${properties.container}/${properties.prefix ?? ""}`);
    return { blobs };
  },
});
