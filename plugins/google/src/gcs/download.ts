import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { accountProperties } from "../account.ts";
import { objectOf, shownPlace } from "./object-address.ts";
import { openStorage, readBlob } from "./storage-api.ts";
import { storeBlob } from "./store-blob.ts";

export const validateChecksum = () =>
  dynamic(z.boolean())
    .default(false)
    .describe("Whether what arrives must have the checksums that Cloud Storage keeps. Default: false.");

/** An object becomes a file. */
export const download = defineTask({
  type: "io.kestra.plugin.gcp.gcs.Download",
  title: "Download an object from Cloud Storage",
  description: "The content streams to the internal storage; none of it is kept in memory.",
  properties: () =>
    z.object({
      ...accountProperties(),
      from: text().describe("The object, as `gs://bucket/name`."),
      validateChecksum: validateChecksum(),
    }),
  outputs: () =>
    z.object({
      bucket: z.string().describe("The bucket that it was in."),
      path: z.string().describe("Its name in the bucket."),
      uri: z.string().describe("The file in the internal storage."),
    }),
  examples: [
    {
      title: "Get an object",
      code: "id: get\ntype: io.kestra.plugin.gcp.gcs.Download\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\nfrom: gs://company-data/orders/latest.csv\n",
    },
  ],
  async run(context) {
    const { properties, log, metric } = context;
    const place = objectOf("from", properties.from);
    const api = openStorage(context, properties);
    const blob = await readBlob(api, place);
    const uri = await storeBlob(context, api, blob, properties);
    metric({ name: "file.size", type: "counter", value: blob.size });
    log.info(`Downloaded ${shownPlace(place)} of ${blob.size} bytes`);
    return { bucket: place.bucket, path: place.name, uri };
  },
});
