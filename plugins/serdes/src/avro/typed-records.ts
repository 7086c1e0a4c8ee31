import { dynamic, type FileRecord, listOrText, TaskFailure, type TaskLogger, text } from "@capstan/sdk";
import { z } from "zod";
import { character, fromRecords, onBadLines, timeZoneId } from "../conversion-properties.ts";
import { type ConversionContext, recordsOf } from "../conversion.ts";
import { exactValue } from "../json/json-line.ts";
import { ConversionError, recordConverter, type ValueReading } from "./convert-value.ts";
import { inferSchema } from "./infer-schema.ts";
import type { AvroRecord } from "./schema.ts";
import type { TypedValue } from "./typed-value.ts";

const TRUE_VALUES = ["t", "true", "enabled", "1", "on", "yes"];
const FALSE_VALUES = ["f", "false", "disabled", "0", "off", "no", ""];
const NULL_VALUES = [
  "",
  "#N/A",
  "#N/A N/A",
  "#NA",
  "-1.#IND",
  "-1.#QNAN",
  "-NaN",
  "1.#IND",
  "1.#QNAN",
  "NA",
  "n/a",
  "nan",
  "null",
];

/** The properties of tasks that give records the types of a schema. */
export function typedRecordProperties() {
  return {
    from: fromRecords(),
    schema: text()
      .optional()
      .describe(
        "Avro schema of the records, as JSON. Default: it is inferred from the first records, where all texts stay texts.",
      ),
    numberOfRowsToScan: numberOfRowsToScan(),
    trueValues: words(TRUE_VALUES).describe("Texts that mean true, whatever their case."),
    falseValues: words(FALSE_VALUES).describe("Texts that mean false, whatever their case."),
    nullValues: words(NULL_VALUES).describe("Texts that mean null, whatever their case, where the schema allows it."),
    dateFormat: text().default("yyyy-MM-dd[XXX]").describe("Java pattern of dates. ISO-8601 is read as well."),
    timeFormat: text().default("HH:mm[:ss][.SSSSSS][XXX]").describe("Java pattern of times. ISO-8601 is read as well."),
    datetimeFormat: text()
      .default("yyyy-MM-dd'T'HH:mm[:ss][.SSSSSS][XXX]")
      .describe("Java pattern of dates with a time. ISO-8601 is read as well."),
    decimalSeparator: character("decimalSeparator")
      .default(".")
      .describe("Character before the fraction of a number that is a text."),
    strictSchema: dynamic(z.boolean())
      .default(false)
      .describe("Whether a record may have no other fields than the schema."),
    inferAllFields: dynamic(z.boolean())
      .default(false)
      .describe("Whether texts that mean true, false or null are that in fields of every type."),
    timeZoneId: timeZoneId("Zone of dates with a time that have no offset. Default: that of the server."),
    onBadLines: onBadLines(
      "records that don't fit the schema; a field that may be null becomes null first, unless it is to fail",
    ),
  };
}

export function numberOfRowsToScan() {
  return dynamic(z.int().min(1)).default(100).describe("Number of records that a schema is inferred from.");
}

function words(values: string[]) {
  return listOrText().default(values);
}

interface TypedReading extends Omit<ValueReading, "areBadFieldsNull"> {
  readonly from: string;
  readonly strictSchema: boolean;
  readonly onBadLines: "ERROR" | "WARN" | "SKIP";
}

/** Records as values of a schema. Throws `TaskFailure` for one that doesn't fit, unless such are to be left out. */
export async function* typedRecords(
  context: ConversionContext,
  schema: AvroRecord,
  reading: TypedReading,
): AsyncGenerator<TypedValue> {
  const { strictSchema, onBadLines } = reading;
  const convert = recordConverter(schema, { ...reading, areBadFieldsNull: onBadLines !== "ERROR" });
  let number = 0;
  for await (const record of recordsOf(context, reading.from)) {
    number += 1;
    const value = exactValue(record);
    try {
      if (strictSchema) refuseOthers(schema, value);
      yield convert(value);
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error;
      leaveOut(`Record ${number}${error.path}: ${error.message}`, onBadLines, context.log);
    }
  }
}

/** The schema that was given, or that of the first records. */
export async function schemaOf(
  context: ConversionContext,
  { schema, from, numberOfRowsToScan }: { schema?: string | undefined; from: string; numberOfRowsToScan: number },
): Promise<string> {
  return schema ?? inferSchema(exactRecords(recordsOf(context, from)), numberOfRowsToScan);
}

/** Records whose long numbers are numbers still. */
export async function* exactRecords(records: AsyncIterable<FileRecord>): AsyncGenerator<FileRecord> {
  for await (const record of records) yield { line: record.line, value: exactValue(record) };
}

function refuseOthers({ fields }: AvroRecord, value: unknown): void {
  const count = Array.isArray(value) ? value.length : Object.keys(value ?? {}).length;
  if (count > fields.length)
    throw new ConversionError(`there are ${count} fields, but the schema has ${fields.length}`);
}

function leaveOut(problem: string, onBadLines: "ERROR" | "WARN" | "SKIP", log: TaskLogger): void {
  if (onBadLines === "ERROR") throw new TaskFailure(`${problem}. Set \`onBadLines\` to leave such records out.`);
  if (onBadLines === "WARN") log.warn(`${problem}; the record is left out`);
}
