import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { accountProperties } from "../account.ts";
import { blobOutput } from "./blob.ts";
import { filter, listBlobs, maxFiles, selectionProperties } from "./listing.ts";
import { openStorage } from "./storage-api.ts";

/** Lists objects. */
export const list = defineTask({
  type: "io.kestra.plugin.gcp.gcs.List",
  title: "List objects of Cloud Storage",
  properties: () =>
    z.object({ ...accountProperties(), ...selectionProperties(), filter: filter(), maxFiles: maxFiles() }),
  outputs: () => z.object({ blobs: z.array(blobOutput()).describe("What was found, in the order of the names.") }),
  examples: [
    {
      title: "List the files of a folder",
      code: "id: list\ntype: io.kestra.plugin.gcp.gcs.List\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\nfrom: gs://company-data/orders/\nfilter: FILES\nmaxFiles: 500\n",
    },
  ],
  async run(context) {
    const { properties, log, metric, evaluate } = context;
    const blobs = await listBlobs(evaluate, openStorage(context, properties), properties);
    metric({ name: "size", type: "counter", value: blobs.length });
    log.info(`Found ${blobs.length} objects at ${properties.from}`);
    return { blobs };
  },
});
