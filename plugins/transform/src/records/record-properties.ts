import { anyValue, dynamic, FETCHED_CHARACTERS_MAX, text } from "@capstan/sdk";
import { z } from "zod";

/** The property that gives the records of one source. */
export function from() {
  return anyValue().describe(
    "The records: a list of maps, one map, the JSON of either, or the URI of a stored file with one record a line.",
  );
}

/** The property that gives several sources, whose records belong together by their place. */
export function inputs(atLeast: number) {
  return dynamic(z.array(anyValue()).min(atLeast)).describe(
    `The sources, ${atLeast} at least. Each one is a list of maps, or the URI of a stored file with one record a line.`,
  );
}

/** What becomes of the result; in every task. */
export const resultProperties = () => ({
  outputType: dynamic(z.enum(["AUTO", "RECORDS", "STORE"]))
    .default("AUTO")
    .describe(
      `RECORDS gives the output \`records\`, up to ${FETCHED_CHARACTERS_MAX} characters of JSON; STORE a file, of any size. ` +
        "AUTO gives a file where a source is one, and records elsewhere.",
    ),
  outputFormat: dynamic(z.enum(["TEXT", "BINARY"]))
    .default("TEXT")
    .describe(
      "TEXT is one record a line. With BINARY the log warns, and the file is text as well, which all tasks read.",
    ),
});

/** The outputs of every task. */
export const resultOutputs = () =>
  z.object({
    uri: z.string().optional().describe("The file of the records, one a line."),
    records: z.array(z.record(z.string(), z.unknown())).optional().describe("The records."),
  });

const TYPES = ["STRING", "INT", "FLOAT", "DECIMAL", "BOOLEAN", "TIMESTAMP", "LIST", "STRUCT"] as const;
export type FieldType = (typeof TYPES)[number];

/** What a field is converted to. */
export function fieldType() {
  return dynamic(z.enum(TYPES))
    .optional()
    .describe("What the value is converted to. A value that can't be is a failure of its record.");
}

/** A map of fields: an expression each, or a map with the expression and what else is to hold. */
export function fields() {
  return dynamic(
    z.record(
      z.string(),
      z.union([
        text(),
        z.object({
          expr: text().describe("The expression over the fields of the record."),
          type: fieldType(),
          optional: dynamic(z.boolean()).default(false).describe("Whether the fields it names may be absent."),
        }),
      ]),
    ),
  );
}
