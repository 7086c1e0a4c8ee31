import { createHash } from "node:crypto";
import { startDate } from "../../execution-dates.ts";
import { indexedLabels } from "../../rows/execution-columns.ts";
import type { SqlValue } from "../../sql/dialect.ts";
import type { ExecutionRow, Label } from "@capstan/engine";

/** The largest value of an entry in an index, in characters; PostgreSQL takes entries of some 2,700 bytes. */
const INDEXED_CHARACTERS_MAX = 300;

/** A label as the column of executions has it; `indexedKey` and `indexed` where the table of labels says it otherwise. */
interface StoredLabel extends Label {
  readonly indexedKey?: string;
  readonly indexed?: string;
}

/** All labels of an execution, for searches within its row; none when it has none. */
export function labelsColumn(row: ExecutionRow): string | null {
  if (row.labels.length === 0) return null;
  const labels = row.labels.map(({ key, value }): StoredLabel => {
    const [indexedKey, indexed] = [indexedText(key), indexedText(value)];
    return { key, value, ...(indexedKey !== key && { indexedKey }), ...(indexed !== value && { indexed }) };
  });
  return searchableJson(labels);
}

/** Rows for the table of labels: those that few executions have. */
export function labelRows(row: ExecutionRow): readonly (readonly SqlValue[])[] {
  const start = startDate(row);
  return indexedLabels(row).map(({ key, value }) => [row.tenant, indexedText(key), indexedText(value), start, row.id]);
}

/** A text as the table of labels has it: what is too long for an index, or no text of PostgreSQL, is told by its digest. */
export function indexedText(value: string): string {
  if (value.length <= INDEXED_CHARACTERS_MAX && !value.includes("\0")) return value;
  return `sha256:${createHash("sha256").update(value).digest("hex")}`;
}

/** JSON that PostgreSQL can look into: it knows no character 0. */
export function searchableJson(value: unknown): string {
  const text = JSON.stringify(value);
  // Backslashes before it, in pairs, are characters of their own.
  return text.includes(String.raw`\u0000`) ? text.replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, "$1\uFFFD") : text;
}
