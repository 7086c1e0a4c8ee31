import { parseJsonValue } from "@capstan/model";
import { TaskFailure } from "../definition.ts";
import { type Pieces, readLines } from "./lines.ts";
import { readIon } from "./read-ion.ts";

/** One record of a data file, with the line that it is written as. */
export interface FileRecord {
  readonly value: unknown;
  readonly line: string;
}

/**
 * The records of a data file, one a line, in Ion or JSON; blank lines are left out. Throws `TaskFailure` that names the line
 * for anything else.
 */
export async function* readRecords(content: Pieces): AsyncGenerator<FileRecord> {
  let number = 0;
  for await (const line of readLines(content)) {
    number += 1;
    if (line.trim() === "") continue;
    const values = valuesOf(line, number);
    for (const value of values) yield { value, line: values.length === 1 ? line : JSON.stringify(value) };
  }
}

/** A record as a line of a data file, with its line end. */
export function recordLine(value: unknown): string {
  return `${JSON.stringify(value) ?? "null"}\n`;
}

function valuesOf(line: string, number: number): unknown[] {
  try {
    return [parseJsonValue(line)];
  } catch {
    return ionValuesOf(line, number); // Every JSON text is Ion, but not the other way round.
  }
}

function ionValuesOf(line: string, number: number): unknown[] {
  try {
    return readIon(line);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TaskFailure(`Line ${number} is no record: ${reason}. Give a file with one JSON or Ion value a line.`, {
      cause: error,
    });
  }
}
