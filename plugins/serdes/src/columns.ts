import { TaskFailure, type TaskLogger } from "@capstan/sdk";

/** How many names that only later records have the log tells. */
const LATE_NAMES_MAX = 20;

export interface Cells {
  /** The header, with the first record when one is wanted. */
  readonly names?: readonly string[];
  readonly values: readonly unknown[];
}

export type Columns = ReturnType<typeof createColumns>;

/**
 * Puts the fields of records into the columns of a table, which are the fields of the first record. A field that only later records have
 * has no column: it is left out, and the log warns of it once. Records may be lists when there is no header.
 */
export function createColumns(hasHeader: boolean, log: TaskLogger) {
  let number = 0;
  let names: readonly string[] | undefined;
  let known: ReadonlySet<string> = new Set();
  const late = new Set<string>();

  function noteLate(record: Readonly<Record<string, unknown>>): void {
    for (const name of Object.keys(record)) {
      if (known.has(name) || late.has(name) || late.size >= LATE_NAMES_MAX) continue;
      late.add(name);
      log.warn(
        `Record ${number} has the field "${name}", which the first record lacks; it has no column and is left out`,
      );
    }
  }

  return {
    /** The cells of a record. Throws `TaskFailure` when it is neither a map nor a list, or a list where a header is wanted. */
    read(value: unknown): Cells {
      number += 1;
      if (Array.isArray(value)) {
        if (!hasHeader) return { values: value };
        throw new TaskFailure(`Record ${number} is a list, which has no names for a header. Set \`header\` to false.`);
      }
      if (typeof value !== "object" || value === null)
        throw new TaskFailure(
          `Record ${number} is ${shown(value)}, and no map of fields. Give a file with one map a line.`,
        );
      const record = value as Readonly<Record<string, unknown>>;
      if (names === undefined) {
        names = Object.keys(record);
        known = new Set(names);
        return { ...(hasHeader && { names }), values: Object.values(record) };
      }
      noteLate(record);
      return { values: names.map((name) => (Object.hasOwn(record, name) ? record[name] : null)) };
    },
  };
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
