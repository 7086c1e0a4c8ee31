import { dynamic, duration, listOrText, text, textMap } from "@capstan/sdk";
import { z } from "zod";
import { accountProperties } from "../account.ts";
import { retryProperties } from "./job-retry.ts";

/** What every job of BigQuery has. */
export const jobProperties = () => ({
  ...accountProperties(),
  ...retryProperties(),
  location: text()
    .optional()
    .describe("Where the job runs, such as `EU` or `europe-west1`. Default: where BigQuery finds the tables."),
});

export const limitProperties = () => ({
  jobTimeout: duration().optional().describe("BigQuery ends the job after so long. Default: never."),
  labels: textMap().optional().describe("Labels of the job, which bills show."),
  dryRun: dynamic(z.boolean())
    .default(false)
    .describe("Whether the job is only checked: nothing is read, written or billed. Default: false."),
});

const TIME_PARTITIONS = ["DAY", "HOUR", "MONTH", "YEAR"] as const;

/** How a table is written. */
export const writingProperties = () => ({
  writeDisposition: dynamic(z.enum(["WRITE_TRUNCATE", "WRITE_TRUNCATE_DATA", "WRITE_APPEND", "WRITE_EMPTY"]))
    .optional()
    .describe(
      "WRITE_TRUNCATE replaces what is in the table, WRITE_APPEND adds to it, WRITE_EMPTY fails where there is something.",
    ),
  createDisposition: dynamic(z.enum(["CREATE_IF_NEEDED", "CREATE_NEVER"]))
    .optional()
    .describe("Whether the table is made where there is none. Default: CREATE_IF_NEEDED."),
  clusteringFields: listOrText().optional().describe("Columns that the table is clustered by."),
  schemaUpdateOptions: listOrText()
    .optional()
    .describe("How the schema of the table may change: `ALLOW_FIELD_ADDITION`, `ALLOW_FIELD_RELAXATION`."),
  timePartitioningField: text().optional().describe("Column that a new table is partitioned by."),
  timePartitioningType: dynamic(z.enum(TIME_PARTITIONS))
    .default("DAY")
    .describe("Length of the partitions, with `timePartitioningField`. Default: DAY."),
});

export type WritingProperties = z.output<z.ZodObject<ReturnType<typeof writingProperties>>>;

/** The part of a job's configuration that says how its table is written. */
export function writingConfiguration(properties: WritingProperties): Record<string, unknown> {
  const { writeDisposition, createDisposition, clusteringFields, schemaUpdateOptions } = properties;
  const { timePartitioningField: field, timePartitioningType: type } = properties;
  return {
    writeDisposition,
    createDisposition,
    schemaUpdateOptions,
    clustering: clusteringFields === undefined ? undefined : { fields: clusteringFields },
    timePartitioning: field === undefined ? undefined : { type, field },
  };
}
