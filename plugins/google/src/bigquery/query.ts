import { defineTask, deliverRows, dynamic, type FetchType, fetchType, rowOutputs, text } from "@capstan/sdk";
import { z } from "zod";
import { type Job, openBigQuery, runJob } from "./job.ts";
import { jobProperties, limitProperties, writingConfiguration, writingProperties } from "./job-properties.ts";
import { rowsOf } from "./rows.ts";
import { datasetReference, tableReference } from "./table-reference.ts";

const older = (fetchType: string) =>
  dynamic(z.boolean())
    .default(false)
    .meta({ deprecated: true, description: `Older form of \`fetchType: ${fetchType}\`.` });

const properties = () =>
  z.object({
    ...jobProperties(),
    ...writingProperties(),
    ...limitProperties(),
    sql: text().describe("The statement, or several of them with semicolons between."),
    fetchType: fetchType("NONE"),
    fetch: older("FETCH"),
    store: older("STORE"),
    fetchOne: older("FETCH_ONE"),
    destinationTable: text().optional().describe("Table that the rows are written to, as `project.dataset.table`."),
    defaultDataset: text()
      .optional()
      .describe("Dataset of tables that are named without one, as `dataset` or `project.dataset`."),
    legacySql: dynamic(z.boolean()).default(false).describe("Whether the statement is legacy SQL. Default: false."),
    useLegacySql: dynamic(z.boolean()).default(false).describe("The same as `legacySql`. Default: false."),
    priority: dynamic(z.enum(["INTERACTIVE", "BATCH"]))
      .default("INTERACTIVE")
      .describe("BATCH waits until there are slots that nobody uses. Default: INTERACTIVE."),
    useQueryCache: dynamic(z.boolean())
      .optional()
      .describe("Whether an answer that is known already may be used. Default: true."),
    maximumBytesBilled: dynamic(z.int().min(1))
      .optional()
      .describe("A query that would read more fails, and costs nothing."),
    maximumBillingTier: dynamic(z.int()).optional().describe("Highest tier of billing."),
    allowLargeResults: dynamic(z.boolean())
      .optional()
      .describe("For legacy SQL with a `destinationTable`: whether the answer may be large."),
    flattenResults: dynamic(z.boolean())
      .default(true)
      .describe("For legacy SQL: whether nested columns are flattened. Default: true."),
    rangePartitioningField: text().optional().describe("Column of whole numbers that a new table is partitioned by."),
    rangePartitioningStart: dynamic(z.int()).optional().describe("Where its first partition begins."),
    rangePartitioningEnd: dynamic(z.int())
      .optional()
      .describe("Where its last partition ends; this number is not in it."),
    rangePartitioningInterval: dynamic(z.int().min(1)).optional().describe("How many numbers are in a partition."),
    maxResults: dynamic(z.int().min(1))
      .optional()
      .describe("Rows that are asked for at once. Default: as many as BigQuery sends."),
  });
type Properties = z.output<ReturnType<typeof properties>>;

const statisticsShape = z.object({
  query: z
    .object({
      totalBytesProcessed: z.coerce.number().optional(),
      totalBytesBilled: z.coerce.number().optional(),
      numDmlAffectedRows: z.coerce.number().optional(),
      cacheHit: z.boolean().optional(),
    })
    .default({}),
});
const configurationShape = z.object({
  query: z
    .object({
      destinationTable: z.object({ projectId: z.string(), datasetId: z.string(), tableId: z.string() }).optional(),
    })
    .default({}),
});

/** Runs SQL. */
export const query = defineTask({
  type: "io.kestra.plugin.gcp.bigquery.Query",
  title: "Run SQL in BigQuery",
  description: "An attempt that is given to another worker finds its job, and does not run the statement twice.",
  properties,
  outputs: () =>
    z.object({
      jobId: z.string().optional().describe("Id of the job; a dry run has none."),
      ...rowOutputs(),
      destinationTable: z
        .object({ project: z.string(), dataset: z.string(), table: z.string() })
        .optional()
        .describe("Where BigQuery keeps the rows: `destinationTable`, or a table that it makes for a day."),
    }),
  examples: [
    {
      title: "Keep the rows as a file",
      code: "id: orders\ntype: io.kestra.plugin.gcp.bigquery.Query\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\nsql: SELECT id, total FROM `my-project.sales.orders` WHERE day = CURRENT_DATE()\nfetchType: STORE\n",
    },
    {
      title: "Write them to a table",
      code: "id: totals\ntype: io.kestra.plugin.gcp.bigquery.Query\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\nsql: SELECT customer, SUM(total) AS total FROM sales.orders GROUP BY customer\ndestinationTable: my-project.sales.totals\nwriteDisposition: WRITE_TRUNCATE\n",
    },
  ],
  async run(context) {
    const { properties, files, metric, log } = context;
    const api = openBigQuery(context, properties);
    const plan = {
      what: "The query",
      location: properties.location,
      configuration: configurationOf(properties, await api.project()),
    };
    const job = await runJob(context, api, plan, properties);
    tell(job, properties, metric, log);
    const { projectId, jobId, location } = job.jobReference;
    const destinationTable = tableOf(job);
    if (properties.dryRun || jobId === undefined) return { destinationTable };
    const how = howFetched(properties);
    if (how === "NONE") return { jobId, destinationTable };
    const rows = rowsOf(api, { projectId, jobId, location: location ?? properties.location }, properties);
    const delivered = await deliverRows(rows, how, files);
    metric({ name: "size", type: "counter", value: delivered.size });
    return { jobId, destinationTable, ...delivered };
  },
});

function configurationOf(properties: Properties, project: string) {
  const { sql, destinationTable, defaultDataset, legacySql, useLegacySql, dryRun, jobTimeout, labels } = properties;
  const isLegacy = legacySql || useLegacySql;
  const { priority, useQueryCache, maximumBillingTier, allowLargeResults, flattenResults } = properties;
  const { maximumBytesBilled, rangePartitioningField: field } = properties;
  const range = {
    start: properties.rangePartitioningStart?.toString(),
    end: properties.rangePartitioningEnd?.toString(),
    interval: properties.rangePartitioningInterval?.toString(),
  };
  return {
    labels,
    jobTimeoutMs: jobTimeout?.toString(),
    ...(dryRun && { dryRun }),
    query: {
      query: sql,
      useLegacySql: isLegacy,
      priority,
      useQueryCache,
      maximumBillingTier,
      allowLargeResults,
      ...(isLegacy && { flattenResults }),
      maximumBytesBilled: maximumBytesBilled?.toString(),
      destinationTable:
        destinationTable === undefined ? undefined : tableReference("destinationTable", destinationTable, project),
      defaultDataset: defaultDataset === undefined ? undefined : datasetReference(defaultDataset, project),
      ...writingConfiguration(properties),
      rangePartitioning: field === undefined ? undefined : { field, range },
    },
  };
}

function howFetched({ fetch, store, fetchOne, fetchType: how }: Properties): FetchType {
  if (fetch) return "FETCH";
  if (store) return "STORE";
  return fetchOne ? "FETCH_ONE" : how;
}

function tableOf(job: Job) {
  const { destinationTable: table } = configurationShape.parse(job.configuration ?? {}).query;
  return table === undefined ? undefined : { project: table.projectId, dataset: table.datasetId, table: table.tableId };
}

function tell(
  job: Job,
  { dryRun }: Properties,
  metric: (one: { name: string; type: "counter"; value: number }) => void,
  log: { info: (message: string) => void },
) {
  const { totalBytesProcessed, totalBytesBilled, numDmlAffectedRows } = statisticsShape.parse(
    job.statistics ?? {},
  ).query;
  const counts = {
    "total.bytes.processed": totalBytesProcessed,
    "total.bytes.billed": totalBytesBilled,
    "affected.rows": numDmlAffectedRows,
  };
  for (const [name, value] of Object.entries(counts)) if (value !== undefined) metric({ name, type: "counter", value });
  const changed = numDmlAffectedRows === undefined ? "" : `, which changed ${numDmlAffectedRows} rows`;
  log.info(
    dryRun
      ? `The query would read ${totalBytesProcessed ?? 0} bytes`
      : `The query read ${totalBytesProcessed ?? 0} bytes (${totalBytesBilled ?? 0} billed)${changed}`,
  );
}
