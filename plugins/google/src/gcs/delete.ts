import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { accountProperties } from "../account.ts";
import { statusOf } from "../google-failure.ts";
import { objectOf, shownPlace } from "./object-address.ts";
import { deleteObject, openStorage } from "./storage-api.ts";

/** Deletes one object. */
export const deleteBlob = defineTask({
  type: "io.kestra.plugin.gcp.gcs.Delete",
  title: "Delete an object of Cloud Storage",
  properties: () =>
    z.object({
      ...accountProperties(),
      uri: text().describe("The object, as `gs://bucket/name`."),
      errorOnMissing: dynamic(z.boolean())
        .default(false)
        .describe("Whether it is a failure that there is no such object. Default: false."),
    }),
  outputs: () =>
    z.object({
      uri: z.string().describe("The object, as `gs://bucket/name`."),
      deleted: z.boolean().describe("Whether there was one."),
    }),
  examples: [
    {
      title: "Delete an object",
      code: "id: tidy\ntype: io.kestra.plugin.gcp.gcs.Delete\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\nuri: gs://company-data/tmp/orders.csv\n",
    },
  ],
  async run(context) {
    const { properties, log } = context;
    const place = objectOf("uri", properties.uri);
    const uri = shownPlace(place);
    try {
      await deleteObject(openStorage(context, properties), place);
    } catch (error) {
      if (statusOf(error) !== 404 || properties.errorOnMissing) throw error;
      log.info(`There is no ${uri} to delete`);
      return { uri, deleted: false };
    }
    log.info(`Deleted ${uri}`);
    return { uri, deleted: true };
  },
});
