import { defineTask, listOrText, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { openBigQuery } from "./job.ts";
import { loadOutputs, loadProperties, runLoad } from "./load-job.ts";

/** Objects become rows of a table. */
export const loadFromGcs = defineTask({
  type: "io.kestra.plugin.gcp.bigquery.LoadFromGcs",
  title: "Load objects of Cloud Storage into a table of BigQuery",
  description: "BigQuery reads the objects by itself, and loads all of them or nothing.",
  properties: () =>
    z.object({
      ...loadProperties(),
      from: listOrText().describe("The objects, as `gs://bucket/name`, where `*` stands for any part of the name."),
    }),
  outputs: loadOutputs,
  examples: [
    {
      title: "Load the files of a day into its partition",
      code: "id: load\ntype: io.kestra.plugin.gcp.bigquery.LoadFromGcs\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\nfrom:\n  - \"gs://company-data/events/dt={{ trigger.date | date('yyyy-MM-dd') }}/*.parquet\"\ndestinationTable: \"my-project.analytics.events${{ trigger.date | date('yyyyMMdd') }}\"\nformat: PARQUET\nwriteDisposition: WRITE_TRUNCATE\n",
    },
  ],
  async run(context) {
    const { from } = context.properties;
    const other = from.find((address) => !address.startsWith("gs://"));
    if (from.length === 0 || other !== undefined)
      throw new TaskFailure(
        `\`from\` ${other === undefined ? "is empty" : `names "${other}"`}: give addresses such as gs://bucket/name. For a file of an execution there is \`bigquery.Load\`.`,
      );
    return await runLoad(context, openBigQuery(context, context.properties), { sourceUris: from });
  },
});
