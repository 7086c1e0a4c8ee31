/** An answer in columns and rows. */
export interface Table {
  /** In the order of the values of a row. */
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

/** The rows of a table as maps. */
export async function* rowsOfTable({ columns, values }: Table): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for (const row of values) yield Object.fromEntries(columns.map((name, index) => [name, row[index]]));
}
