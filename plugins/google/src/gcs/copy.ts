import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { accountProperties } from "../account.ts";
import { objectOf, shownPlace } from "./object-address.ts";
import { copyObject, deleteObject, openStorage, readBlob } from "./storage-api.ts";

/** Copies an object, or moves it. */
export const copy = defineTask({
  type: "io.kestra.plugin.gcp.gcs.Copy",
  title: "Copy or move an object of Cloud Storage",
  description: "The content does not pass through the worker.",
  properties: () =>
    z.object({
      ...accountProperties(),
      from: text().describe("The object to copy, as `gs://bucket/name`."),
      to: text().describe("The new object, as `gs://bucket/name`. One that is there is replaced."),
      delete: dynamic(z.boolean()).default(false).describe("Whether the original is deleted then. Default: false."),
    }),
  outputs: () => z.object({ uri: z.string().describe("The new object, as `gs://bucket/name`.") }),
  examples: [
    {
      title: "Move an object to an archive",
      code: "id: archive\ntype: io.kestra.plugin.gcp.gcs.Copy\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\nfrom: gs://company-data/inbound/orders.csv\nto: gs://company-archive/orders.csv\ndelete: true\n",
    },
  ],
  async run(context) {
    const { properties, log } = context;
    const from = objectOf("from", properties.from);
    const to = objectOf("to", properties.to);
    const uri = shownPlace(to);
    if (properties.delete && shownPlace(from) === uri)
      throw new TaskFailure(`\`from\` and \`to\` are both ${uri}: with \`delete\`, nothing would be left of it.`);
    const api = openStorage(context, properties);
    const { generation } = await readBlob(api, from);
    await copyObject(api, { ...from, generation }, to);
    if (properties.delete)
      await deleteObject(api, from, generation === undefined ? {} : { ifGenerationMatch: generation });
    log.info(`${properties.delete ? "Moved" : "Copied"} ${shownPlace(from)} to ${uri}`);
    return { uri };
  },
});
