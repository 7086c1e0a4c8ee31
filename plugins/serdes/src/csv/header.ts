import type { TaskLogger } from "@capstan/sdk";

/** The names of a table's columns. */
export interface Header {
  /** How many fields a row has. */
  readonly width: number;
  /** The record of a row. Of two columns with one name the last counts. */
  record(fields: readonly (string | null)[]): Record<string, string | null>;
}

/**
 * Reads the first row. Columns without a name at its end are dropped with a warning, or named by their index from 0: `col_2`, or
 * `col_2_2` where that is taken.
 */
export function createHeader(fields: readonly string[], onEmptyHeader: "DROP" | "RENAME", log: TaskLogger): Header {
  const names = onEmptyHeader === "RENAME" ? renamed(fields) : withoutTrailing(fields);
  if (names.length < fields.length)
    log.warn(
      `The last ${fields.length - names.length} columns have no name and are dropped. Set \`onEmptyHeader\` to RENAME to keep them.`,
    );
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0)
    log.warn(`Columns with the same name, of which the last counts: ${[...new Set(twice)].join(", ")}`);
  return {
    width: fields.length,
    // From entries, so that a column named `__proto__` is one like any other.
    record: (values) => Object.fromEntries(names.map((name, index) => [name, values[index] ?? null])),
  };
}

function renamed(fields: readonly string[]): readonly string[] {
  const taken = new Set(fields);
  return fields.map((name, index) => {
    if (name !== "") return name;
    let candidate = `col_${index}`;
    for (let attempt = 2; taken.has(candidate); attempt += 1) candidate = `col_${index}_${attempt}`;
    taken.add(candidate);
    return candidate;
  });
}

/** At least one column is kept. */
function withoutTrailing(fields: readonly string[]): readonly string[] {
  const last = fields.findLastIndex((name) => name !== "");
  return last === -1 ? fields : fields.slice(0, last + 1);
}
