import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { uploadResumable } from "../resumable-upload.ts";
import { adviceFor, openBigQuery } from "./job.ts";
import { loadOutputs, loadProperties, runLoad } from "./load-job.ts";

/** A file becomes rows of a table. */
export const load = defineTask({
  type: "io.kestra.plugin.gcp.bigquery.Load",
  title: "Load a file into a table of BigQuery",
  description:
    "The file streams to BigQuery, which loads all of it or nothing. An attempt that is given to another worker loads nothing twice.",
  properties: () =>
    z.object({
      ...loadProperties(),
      from: text().describe("The file, as a kestra:///… address such as `{{ outputs.extract.uri }}`."),
      failedOnEmpty: dynamic(z.boolean())
        .default(true)
        .describe("Whether it is a failure that the file is empty; otherwise nothing is loaded. Default: true."),
    }),
  outputs: () =>
    loadOutputs().extend({ jobId: z.string().optional().describe("Id of the job; absent for an empty file.") }),
  examples: [
    {
      title: "Load CSV, in place of what is there",
      code: 'id: load\ntype: io.kestra.plugin.gcp.bigquery.Load\nserviceAccount: "{{ secret(\'GCP_SERVICE_ACCOUNT\') }}"\nfrom: "{{ outputs.extract.uri }}"\ndestinationTable: my-project.sales.orders\nformat: CSV\nautodetect: true\nwriteDisposition: WRITE_TRUNCATE\ncsvOptions:\n  fieldDelimiter: ","\n  skipLeadingRows: 1\n',
    },
    {
      title: "Add the rows of a query of another database",
      code: 'id: load\ntype: io.kestra.plugin.gcp.bigquery.Load\nserviceAccount: "{{ secret(\'GCP_SERVICE_ACCOUNT\') }}"\nfrom: "{{ outputs.query.uri }}"\ndestinationTable: my-project.sales.orders\nformat: JSON\nwriteDisposition: WRITE_APPEND\n',
    },
  ],
  async run(context) {
    const { properties, files, log } = context;
    const { from, destinationTable, failedOnEmpty } = properties;
    const sizeBytes = await files.sizeBytes(from);
    if (sizeBytes === 0) {
      if (failedOnEmpty)
        throw new TaskFailure(
          `The file for ${destinationTable} is empty. Set \`failedOnEmpty: false\` where that is no failure.`,
        );
      log.info(`Loaded nothing into ${destinationTable}: the file is empty`);
      return { destinationTable, rows: 0 };
    }
    const api = openBigQuery(context, properties);
    const project = await api.project();
    return await runLoad(context, api, {
      start: (job) =>
        uploadResumable(api, {
          what: `Loading ${destinationTable}`,
          path: `/upload/bigquery/v2/projects/${encodeURIComponent(project)}/jobs`,
          about: job,
          contentType: "application/octet-stream",
          sizeBytes,
          open: () => files.read(from),
          adviceFor,
        }),
    });
  },
});
