import { dynamic, listOrText, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { placeProperties } from "../../properties.ts";
import { columnName, tableName } from "../../sql/names.ts";
import { POSTGRES } from "./driver.ts";
import { tlsProperties } from "./tls.ts";

const FORMATS = ["TEXT", "CSV", "BINARY"] as const;

const character = () =>
  dynamic(z.string().refine((written) => Array.from(written).length === 1, "Expected one character"));

/** What `CopyIn` and `CopyOut` have in common. */
export const copyProperties = () => ({
  ...placeProperties({ title: "PostgreSQL", exampleUrl: POSTGRES.example }),
  ...tlsProperties(),
  table: text().optional().describe("The table, such as `orders` or `shop.orders`."),
  columns: listOrText()
    .optional()
    .describe("Columns in the order of the file. Default: all, in the order of the table."),
  format: dynamic(z.enum(FORMATS))
    .default("TEXT")
    .describe("TEXT (a row a line, values between tabs), CSV, or BINARY. Default: TEXT."),
  header: dynamic(z.boolean())
    .optional()
    .describe("Whether the first line has the names of the columns. Default: false."),
  delimiter: character().optional().describe("Between values. Default: a tab, a comma in CSV."),
  nullString: text().optional().describe("What stands for no value. Default: `\\N`, nothing at all in CSV."),
  quote: character().optional().describe('Around values, in CSV. Default: `"`.'),
  escape: character().optional().describe("Before a quote within a value, in CSV. Default: the quote itself."),
  forceQuote: listOrText().optional().describe("Columns whose values are always quoted, in CSV that is written."),
  forceNotNull: listOrText()
    .optional()
    .describe("Columns where what stands for no value is a text, in CSV that is read."),
  forceNull: listOrText()
    .optional()
    .describe("Columns where what stands for no value does so in quotes as well, in CSV that is read."),
  freeze: dynamic(z.boolean())
    .optional()
    .describe("Whether rows are frozen at once, as after a VACUUM. Default: false."),
  encoding: text().optional().describe("Encoding of the file, such as LATIN1. Default: UTF8."),
  oids: dynamic(z.boolean()).optional().meta({
    deprecated: true,
    description: "PostgreSQL has had no object ids of rows since version 12: `true` fails.",
  }),
  socketTimeout: dynamic(z.int().min(0))
    .optional()
    .describe(
      "How many seconds the network may be silent, before the connection counts as lost. Default: 0, for ever.",
    ),
});
export type CopyProperties = z.output<z.ZodObject<ReturnType<typeof copyProperties>>>;

/** The table of a COPY with its columns. Throws `TaskFailure` for names that are none. */
export function copyTable({ table, columns = [] }: Pick<CopyProperties, "table" | "columns">): string | undefined {
  if (table === undefined) return undefined;
  const list = columns.length === 0 ? "" : ` (${columns.map(name).join(", ")})`;
  return tableName(table) + list;
}

/** The options of a COPY: `(FORMAT csv, HEADER true)`. */
export function copyOptions(properties: CopyProperties): string {
  if (properties.oids === true)
    throw new TaskFailure("`oids: true` is not possible: PostgreSQL has had no object ids of rows since version 12.");
  const columns = (names: readonly string[] | undefined) => {
    if (names === undefined || names.length === 0) return undefined;
    return names.includes("*") ? "*" : `(${names.map(name).join(", ")})`;
  };
  const options: Readonly<Record<string, string | undefined>> = {
    FORMAT: properties.format.toLowerCase(),
    FREEZE: properties.freeze?.toString(),
    HEADER: properties.header === true ? "true" : undefined,
    DELIMITER: literal(properties.delimiter),
    NULL: literal(properties.nullString),
    QUOTE: literal(properties.quote),
    ESCAPE: literal(properties.escape),
    FORCE_QUOTE: columns(properties.forceQuote),
    FORCE_NOT_NULL: columns(properties.forceNotNull),
    FORCE_NULL: columns(properties.forceNull),
    ENCODING: literal(properties.encoding ?? "UTF8"),
  };
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return `(${given.map(([option, value]) => `${option} ${value}`).join(", ")})`;
}

function name(column: string): string {
  return columnName(column, '"');
}

/** COPY takes no parameters: a text with its quotes doubled, and its backslashes told as such. */
function literal(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  return `E'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
