import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties } from "../connection.ts";
import { blobOutput } from "./blob.ts";
import { openBlobs, shownPlace } from "./blob-api.ts";
import { container } from "./listing.ts";
import { checksumProperties, expectedChecksumProperties, storeBlob } from "./store-blob.ts";

/** A blob becomes a file. */
export const download = defineTask({
  type: "io.kestra.plugin.azure.storage.blob.Download",
  title: "Download a blob from Azure",
  description: "The content streams to the internal storage; none of it is kept in memory.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      container: container(),
      name: text().describe("Name of the blob."),
      ...checksumProperties(),
      ...expectedChecksumProperties(),
    }),
  outputs: () =>
    z.object({ blob: blobOutput().describe("The blob, whose `uri` is the file in the internal storage.") }),
  examples: [
    {
      title: "Get a blob",
      code: "id: get\ntype: io.kestra.plugin.azure.storage.blob.Download\nconnectionString: \"{{ secret('AZURE_CONNECTION_STRING') }}\"\ncontainer: data\nname: orders/latest.csv\n",
    },
  ],
  async run(context) {
    const { properties, log, metric } = context;
    const { container: containerName, name } = properties;
    const blob = await storeBlob(
      context,
      openBlobs(context, properties),
      { container: containerName, name },
      properties,
    );
    metric({ name: "file.size", type: "counter", value: blob.size });
    log.info(`Downloaded ${shownPlace(blob)} of ${blob.size} bytes`);
    return { blob };
  },
});
