import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { accountProperties } from "../account.ts";
import { filter, listBlobs, selectionProperties } from "./listing.ts";
import { objectOf, objectPath, shownPlace } from "./object-address.ts";
import { openStorage } from "./storage-api.ts";

/** Objects that Cloud Storage joins at once. */
export const SOURCES_MAX = 32;

/** Joins objects. */
export const compose = defineTask({
  type: "io.kestra.plugin.gcp.gcs.Compose",
  title: "Join objects of Cloud Storage into one",
  description:
    "The contents are joined in the order of the names, 32 of them at most, and do not pass through the worker.",
  properties: () => {
    const { allVersions: _, ...selection } = selectionProperties();
    return z.object({
      ...accountProperties(),
      list: z.object({ ...selection, filter: filter() }).describe("The objects to join."),
      to: text().describe("The new object, as `gs://bucket/name`, in the bucket of the others."),
      allowEmpty: dynamic(z.boolean())
        .default(false)
        .describe("Whether it is no failure that there is nothing to join; then no object is made. Default: false."),
    });
  },
  outputs: () => z.object({ uri: z.string().optional().describe("The new object, as `gs://bucket/name`.") }),
  examples: [
    {
      title: "Join the parts of an export",
      code: "id: join\ntype: io.kestra.plugin.gcp.gcs.Compose\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\nlist:\n  from: gs://company-data/export/part-\nto: gs://company-data/export/all.csv\n",
    },
  ],
  async run(context) {
    const { properties, log, evaluate } = context;
    const to = objectOf("to", properties.to);
    const api = openStorage(context, properties);
    // Folders have no content.
    const wanted = { ...properties.list, filter: "FILES", maxFiles: SOURCES_MAX + 1 } as const;
    const blobs = await listBlobs(evaluate, api, wanted);
    if (blobs.length > SOURCES_MAX)
      throw new TaskFailure(
        `There are more than ${SOURCES_MAX} objects at ${properties.list.from}, which is what Cloud Storage joins at once. Join them in several steps.`,
      );
    if (blobs.length === 0) {
      if (properties.allowEmpty) return {};
      throw new TaskFailure(
        `There is nothing to join at ${properties.list.from}. Set \`allowEmpty\` where that is no failure.`,
      );
    }
    const other = blobs.find(({ bucket }) => bucket !== to.bucket);
    if (other !== undefined)
      throw new TaskFailure(
        `${other.uri} is in another bucket than \`to\`: Cloud Storage joins objects of one bucket.`,
      );
    await api.call({
      what: `Joining ${blobs.length} objects to ${shownPlace(to)}`,
      method: "POST",
      path: `${objectPath(to)}/compose`,
      body: {
        sourceObjects: blobs.map(({ name, generation }) => ({ name, generation })),
        destination: { contentType: blobs[0]?.contentType },
      },
    });
    log.info(`Joined ${blobs.length} objects to ${shownPlace(to)}`);
    return { uri: shownPlace(to) };
  },
});
