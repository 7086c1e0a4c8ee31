import { type ExecutionFiles, givenValues, isFileAddress, TaskFailure } from "@capstan/sdk";
import { shown } from "../expressions/values.ts";

/** A record: values by field. */
export type Row = Readonly<Record<string, unknown>>;

export function isStored(given: unknown): boolean {
  return typeof given === "string" && isFileAddress(given);
}

/** The records of a source, one at a time. Throws `TaskFailure` for what is no record. */
export async function* rowsOf(given: unknown, files: Pick<ExecutionFiles, "read">): AsyncGenerator<Row> {
  let number = 0;
  for await (const value of givenValues(mapOf(given) ?? given, files)) {
    for (const row of Array.isArray(value) ? (value as unknown[]) : [value]) {
      number += 1;
      if (typeof row !== "object" || row === null || Array.isArray(row))
        throw new TaskFailure(`Record ${number} is no map of fields but ${shown(row)}.`);
      yield row as Row;
    }
  }
}

/** The map that the JSON of one is. */
function mapOf(given: unknown): unknown {
  if (typeof given !== "string" || !given.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(given);
  } catch {
    return undefined; // What it is instead is told as a record that is none.
  }
}

/**
 * The records of several sources that have the same place, until the first of them ends. Throws `TaskFailure` when they aren't of
 * one length, unless `isShortestEnough`.
 */
export async function* alignedRows(
  given: readonly unknown[],
  files: Pick<ExecutionFiles, "read">,
  isShortestEnough: boolean,
): AsyncGenerator<readonly Row[]> {
  const sources = given.map((source) => rowsOf(source, files));
  try {
    for (let count = 0; ; count += 1) {
      const row: Row[] = [];
      for (const source of sources) {
        const { done, value } = await source.next();
        if (done !== true) row.push(value);
      }
      if (row.length === sources.length) yield row;
      else if (row.length === 0 || isShortestEnough) return;
      else throw new TaskFailure(`\`inputs\` aren't of one length: after ${count} records only some of them go on.`);
    }
  } finally {
    for (const source of sources) await source.return(undefined);
  }
}
