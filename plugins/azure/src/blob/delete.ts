import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties } from "../connection.ts";
import { blobOutput, deleteBlob, readBlob } from "./blob.ts";
import { openBlobs, shownPlace } from "./blob-api.ts";
import { container } from "./listing.ts";

/** Deletes one blob. */
export const deleteOne = defineTask({
  type: "io.kestra.plugin.azure.storage.blob.Delete",
  title: "Delete a blob of Azure",
  description: "Its snapshots are deleted as well. It is a failure that there is no such blob.",
  properties: () =>
    z.object({ ...connectionProperties(), container: container(), name: text().describe("Name of the blob.") }),
  outputs: () => z.object({ blob: blobOutput().describe("The blob as it was.") }),
  examples: [
    {
      title: "Delete a blob",
      code: "id: tidy\ntype: io.kestra.plugin.azure.storage.blob.Delete\nconnectionString: \"{{ secret('AZURE_CONNECTION_STRING') }}\"\ncontainer: data\nname: tmp/orders.csv\n",
    },
  ],
  async run(context) {
    const { properties, log } = context;
    const place = { container: properties.container, name: properties.name };
    const api = openBlobs(context, properties);
    const blob = await readBlob(api, place);
    await deleteBlob(api, place);
    log.info(`Deleted ${shownPlace(place)}`);
    return { blob };
  },
});
