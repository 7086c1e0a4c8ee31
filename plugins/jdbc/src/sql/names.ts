import { TaskFailure } from "@capstan/sdk";

/** How a database writes a name that is no plain word. */
export type NameQuote = '"' | "`";

const PLAIN = /^[\p{L}_][\p{L}\p{N}_$]*$/u;
const PART = /(?:"(?:[^"]|"")+"|`(?:[^`]|``)+`|\[(?:[^\]]|\]\])+\]|[\p{L}_][\p{L}\p{N}_$]*)/u;
const TABLE = new RegExp(`^${PART.source}(?:\\.${PART.source}){0,2}$`, "u");

/** A name with quotes around it. */
export function quoteName(name: string, quote: NameQuote): string {
  return quote + name.replaceAll(quote, quote + quote) + quote;
}

/**
 * A table as it was written: `name`, `schema.name`, with quotes or without. Throws `TaskFailure` for anything else, because it becomes a part of
 * the statement.
 */
export function tableName(table: string): string {
  const name = table.trim();
  if (TABLE.test(name)) return name;
  throw new TaskFailure(`"${table}" is no name of a table: write name, schema.name, or parts of it in quotes.`);
}

/**
 * A column as it was written. What is quoted stays; capital letters without quotes stay as well where the database would make small ones of them;
 * any other name is quoted, so that it may be a word of the language.
 */
export function columnName(column: string, quote: NameQuote): string {
  const isQuoted = column.length > 1 && column.startsWith(quote) && column.endsWith(quote);
  const isFolded = quote === '"' && PLAIN.test(column) && column !== column.toLowerCase();
  if (
    isQuoted &&
    column
      .slice(1, -1)
      .replaceAll(quote + quote, "")
      .includes(quote)
  )
    throw wrongQuotes(column);
  return isQuoted || isFolded ? column : quoteName(column, quote);
}

/** The name that a column written so has in the database. */
export function plainName(column: string, quote: NameQuote): string {
  if (column.length > 1 && column.startsWith(quote) && column.endsWith(quote))
    return column.slice(1, -1).replaceAll(quote + quote, quote);
  return PLAIN.test(column) ? column.toLowerCase() : column;
}

function wrongQuotes(column: string): TaskFailure {
  return new TaskFailure(`${column} is no name of a column: a quote inside of it is written twice.`);
}
