import type { Athena } from "@aws-sdk/client-athena";
import {
  awaitRun,
  defineTask,
  deliverRows,
  dynamic,
  fetchType,
  rowOutputs,
  startRun,
  type TaskContext,
  text,
} from "@capstan/sdk";
import { z } from "zod";
import { told } from "../aws-failure.ts";
import { openService, type ServiceAccess, serviceProperties } from "../service.ts";
import { queryRuns, type SeenQuery } from "./query-runs.ts";
import { isHeader, rowOf } from "./result-rows.ts";

/** Between two looks at a query, in milliseconds. */
const LOOK_MS = 500;

/** Runs a query and reads its rows. */
export const query = defineTask({
  type: "io.kestra.plugin.aws.athena.Query",
  title: "Query Athena",
  description:
    "Waits for the end of the query and reads its rows. A kill cancels the query. Numbers that JavaScript lacks are the text of their digits; times, arrays and maps are texts as Athena writes them.",
  properties: () =>
    z.object({
      ...serviceProperties(),
      catalog: text().optional().describe("Catalogue of the database. Default: that of Glue."),
      database: text().describe("Database of the query."),
      outputLocation: text().describe("Where Athena keeps results, such as `s3://company-athena/results/`."),
      query: text().describe("One statement of SQL."),
      fetchType: fetchType("STORE"),
      skipHeader: dynamic(z.boolean())
        .default(true)
        .describe(
          "Whether the row that only says the names of the columns is left out, where Athena gives one. Default: true.",
        ),
    }),
  outputs: () =>
    z.object({
      queryExecutionId: z.string().describe("What Athena calls the query."),
      ...rowOutputs(),
    }),
  examples: [
    {
      title: "The orders of yesterday",
      code:
        "id: orders\ntype: io.kestra.plugin.aws.athena.Query\ndatabase: shop\noutputLocation: s3://company-athena/results/\n" +
        "query: SELECT * FROM orders WHERE day = current_date - interval '1' day\n",
    },
  ],
  async run(context) {
    const { properties, files, identity, metric } = context;
    using athena = await openService(
      context,
      async (settings) => new (await import("@aws-sdk/client-athena")).Athena(settings),
    );
    const runs = queryRuns(athena, { ...properties, attemptKey: identity.attemptKey });
    const queryExecutionId = await startRun(context, runs);
    const ended = await awaitRun(context, runs, queryExecutionId, { pollFrequency: LOOK_MS });
    tellCosts(ended, metric);
    if (properties.fetchType === "NONE") return { queryExecutionId };
    const rows = rowsOf(athena, queryExecutionId, properties.skipHeader);
    const delivered = await deliverRows(rows, properties.fetchType, files);
    metric({ name: "records", type: "counter", value: delivered.size });
    return { queryExecutionId, ...delivered };
  },
});

async function* rowsOf({ client, ending }: ServiceAccess<Athena>, queryExecutionId: string, skipsHeader: boolean) {
  let isFirst = true;
  let next: string | undefined;
  do {
    const request = client.getQueryResults({ QueryExecutionId: queryExecutionId, NextToken: next }, ending);
    const { ResultSet, NextToken } = await told("Reading the result of the query", request);
    const columns = ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
    for (const { Data = [] } of ResultSet?.Rows ?? []) {
      if (!(isFirst && skipsHeader && isHeader(columns, Data))) yield rowOf(columns, Data);
      isFirst = false;
    }
    next = NextToken;
  } while (next !== undefined);
}

/** What Athena charges for, and how long it took. */
function tellCosts({ statistics }: SeenQuery, metric: TaskContext<unknown>["metric"]): void {
  const { DataScannedInBytes: bytes, TotalExecutionTimeInMillis: milliseconds } = statistics;
  if (bytes !== undefined) metric({ name: "data.scanned.bytes", type: "counter", value: bytes });
  if (milliseconds !== undefined) metric({ name: "total.execution.duration", type: "timer", value: milliseconds });
}
