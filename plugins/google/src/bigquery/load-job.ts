import { anyMap, dynamic, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import type { AccountProperties } from "../account.ts";
import type { GoogleApi } from "../google-api.ts";
import { type JobPlan, runJob } from "./job.ts";
import { jobProperties, writingConfiguration, writingProperties } from "./job-properties.ts";
import type { RetryProperties } from "./job-retry.ts";
import { shownTable, tableReference } from "./table-reference.ts";

const SOURCE_FORMATS = {
  CSV: "CSV",
  JSON: "NEWLINE_DELIMITED_JSON",
  AVRO: "AVRO",
  PARQUET: "PARQUET",
  ORC: "ORC",
} as const;

const csvOptions = () =>
  z.object({
    allowJaggedRows: dynamic(z.boolean()).optional().describe("Whether columns at the end of a line may be missing."),
    allowQuotedNewLines: dynamic(z.boolean()).optional().describe("Whether a quoted value may have line breaks."),
    encoding: text().optional().describe("Encoding of the text, such as `ISO-8859-1`. Default: UTF-8."),
    fieldDelimiter: text().optional().describe("What separates columns. Default: a comma."),
    quote: text().optional().describe("What quotes values. Default: a double quote."),
    skipLeadingRows: dynamic(z.int().min(0))
      .optional()
      .describe("Lines at the beginning that are no rows. Default: 0."),
  });

/** What tasks that load a table have in common. */
export const loadProperties = () => ({
  ...jobProperties(),
  ...writingProperties(),
  destinationTable: text().describe(
    "The table to load, as `project.dataset.table`; a partition stands behind it, such as `…table$20260101`.",
  ),
  format: dynamic(z.enum(["CSV", "JSON", "AVRO", "PARQUET", "ORC"]))
    .optional()
    .describe("Format of the content; JSON means one object a line, as files of rows have it. Default: CSV."),
  schema: anyMap()
    .optional()
    .describe(
      "Columns of the table, as `fields` with `name`, `type` and `mode`. Default: those that the table has, or that are found.",
    ),
  autodetect: dynamic(z.boolean()).optional().describe("Whether BigQuery finds the columns of CSV and JSON by itself."),
  ignoreUnknownValues: dynamic(z.boolean())
    .optional()
    .describe("Whether values that the table has no column for are dropped."),
  maxBadRecords: dynamic(z.int().min(0))
    .optional()
    .describe("Bad rows that are left out before the job fails. Default: 0."),
  csvOptions: csvOptions().optional().describe("How CSV is read."),
  avroOptions: z
    .object({
      useAvroLogicalTypes: dynamic(z.boolean())
        .optional()
        .describe("Whether logical types become types such as TIMESTAMP."),
    })
    .optional()
    .describe("How Avro is read."),
});

export const loadOutputs = () =>
  z.object({
    jobId: z.string().describe("Id of the job."),
    destinationTable: z.string().describe("The table, as `project.dataset.table`."),
    rows: z.int().describe("Rows that were loaded."),
  });

type LoadProperties = z.output<z.ZodObject<ReturnType<typeof loadProperties>>> & AccountProperties & RetryProperties;

const statisticsShape = z.object({
  load: z
    .object({
      inputFiles: z.coerce.number().optional(),
      inputFileBytes: z.coerce.number().optional(),
      outputRows: z.coerce.number().optional(),
      outputBytes: z.coerce.number().optional(),
      badRecords: z.coerce.number().optional(),
    })
    .default({}),
});

/** Loads a table, and answers the outputs of such a task. `start` sends the content, where it is no list of `sourceUris`. */
export async function runLoad(
  context: TaskContext<LoadProperties>,
  api: GoogleApi,
  source: { readonly sourceUris?: readonly string[]; readonly start?: JobPlan["start"] },
) {
  const { properties, log, metric } = context;
  const table = tableReference("destinationTable", properties.destinationTable, await api.project());
  const destinationTable = shownTable(table);
  const { location, format = "CSV", csvOptions: csv, avroOptions } = properties;
  const { schema, autodetect, ignoreUnknownValues, maxBadRecords } = properties;
  const load = {
    destinationTable: table,
    sourceFormat: SOURCE_FORMATS[format],
    sourceUris: source.sourceUris,
    schema: schema === undefined ? undefined : { fields: fieldsOf(schema["fields"]) },
    autodetect,
    ignoreUnknownValues,
    maxBadRecords,
    ...writingConfiguration(properties),
    ...(csv !== undefined && {
      allowJaggedRows: csv.allowJaggedRows,
      allowQuotedNewlines: csv.allowQuotedNewLines,
      encoding: csv.encoding,
      fieldDelimiter: csv.fieldDelimiter,
      quote: csv.quote,
      skipLeadingRows: csv.skipLeadingRows,
    }),
    useAvroLogicalTypes: avroOptions?.useAvroLogicalTypes,
  };
  const { start } = source;
  const what = `Loading ${destinationTable}`;
  const plan = { what, location, configuration: { load }, ...(start !== undefined && { start }) };
  const job = await runJob(context, api, plan, properties);
  const {
    inputFiles,
    inputFileBytes,
    outputRows = 0,
    outputBytes,
    badRecords,
  } = statisticsShape.parse(job.statistics).load;
  const counts = {
    "input.files": inputFiles,
    "input.bytes": inputFileBytes,
    "output.rows": outputRows,
    "output.bytes": outputBytes,
    "bad.records": badRecords,
  };
  for (const [name, value] of Object.entries(counts)) if (value !== undefined) metric({ name, type: "counter", value });
  log.info(
    `Loaded ${outputRows} rows into ${destinationTable}${(badRecords ?? 0) > 0 ? `, and left out ${badRecords} bad ones` : ""}`,
  );
  return { jobId: job.jobReference.jobId, destinationTable, rows: outputRows };
}

/** Columns in a record are `fields` for BigQuery, and `subFields` in some flows. */
function fieldsOf(fields: unknown): unknown {
  if (!Array.isArray(fields)) return fields;
  return fields.map((field: unknown) => {
    if (typeof field !== "object" || field === null) return field;
    const { subFields, fields: own = subFields, ...rest } = field as Record<string, unknown>;
    return own === undefined ? rest : { ...rest, fields: fieldsOf(own) };
  });
}
