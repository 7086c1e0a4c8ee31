import { type FileRecord, TaskFailure } from "@capstan/sdk";

/** The fields of a record, as variables of an expression. Throws `TaskFailure` for a record without fields. */
export function itemVariables({ value, line }: FileRecord): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  const shown = line.length > 80 ? `${line.slice(0, 80)}…` : line;
  throw new TaskFailure(`The record ${shown} has no fields. Give a file with one map a line.`);
}
