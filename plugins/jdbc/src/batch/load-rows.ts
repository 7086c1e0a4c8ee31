import { TaskFailure } from "@capstan/sdk";
import type { BatchProperties } from "../batch.ts";
import type { Column, LoadConnection, LoadDriver } from "../connection.ts";
import { numberPlaceholders } from "../sql/bind-parameters.ts";
import { columnName, plainName, quoteName, tableName } from "../sql/names.ts";
import type { BatchInput } from "./input.ts";

type LoadProperties = Pick<BatchProperties, "sql" | "table" | "columns" | "chunk">;

export interface LoadCounts {
  readonly rowCount: number;
  readonly updatedCount: number;
}

/** Sends rows in chunks. Throws `TaskFailure` for rows that don't fit, with their number in the file. */
export async function loadRows(
  connection: LoadConnection,
  input: BatchInput,
  properties: LoadProperties,
  driver: LoadDriver,
): Promise<LoadCounts> {
  let plan: Plan | undefined;
  let chunk: (readonly unknown[])[] = [];
  let rowCount = 0;
  let updatedCount = 0;
  for await (const row of input.rows()) {
    plan ??= await planFor(row, connection, properties, driver);
    rowCount += 1;
    chunk.push(valuesOf(row, rowCount, plan.columns, plan.width));
    if (chunk.length < properties.chunk) continue;
    updatedCount += await plan.write(chunk);
    chunk = [];
  }
  if (plan !== undefined && chunk.length > 0) updatedCount += await plan.write(chunk);
  return { rowCount, updatedCount };
}

/** How the rows of a file get into the database. */
interface Plan {
  /** What a row that is a map is asked for; undefined where only lists will do. */
  readonly columns: readonly Column[] | undefined;
  /** How many values a row has. */
  readonly width: number;
  readonly write: (rows: readonly (readonly unknown[])[]) => Promise<number>;
}

async function planFor(
  first: unknown,
  connection: LoadConnection,
  { sql, table, columns: names }: LoadProperties,
  driver: LoadDriver,
): Promise<Plan> {
  const columns = await columnsFor(first, connection, table, names, driver);
  if (sql !== undefined) {
    const { sql: written, count } = numberPlaceholders(sql, driver);
    return { columns, width: count, write: (rows) => connection.change(written, rows) };
  }
  if (table === undefined) throw new TaskFailure("There is no table to load into: give `table`, or `sql`.");
  if (columns === undefined || columns.length === 0) throw new TaskFailure(`The table ${table} has no columns.`);
  const written = columns.map(({ name }, index) =>
    names === undefined ? quoteName(name, driver.nameQuote) : columnName(names[index]!, driver.nameQuote),
  );
  const head = `INSERT INTO ${tableName(table)} (${written.join(", ")}) VALUES `;
  const rowsPerStatement = Math.max(1, Math.floor(driver.valuesMax / columns.length));
  // All chunks but the last are of one size.
  const lists = new Map<number, string>();
  const listFor = (size: number): string => {
    const list = lists.get(size) ?? placesOf(size, columns.length, driver);
    lists.set(size, list);
    return list;
  };
  const write = async (rows: readonly (readonly unknown[])[]): Promise<number> => {
    let changed = 0;
    for (let start = 0; start < rows.length; start += rowsPerStatement) {
      const part = rows.slice(start, start + rowsPerStatement);
      changed += await connection.change(head + listFor(part.length), [part.flat()]);
    }
    return changed;
  };
  return { columns, width: columns.length, write };
}

/** `($1, $2), ($3, $4)`: the places of so many rows. */
function placesOf(rows: number, width: number, { placeholders }: LoadDriver): string {
  const row = (index: number) =>
    Array.from({ length: width }, (_, column) => placeholders.replace("n", String(index * width + column + 1)));
  return Array.from({ length: rows }, (_, index) => `(${row(index).join(", ")})`).join(", ");
}

/** The columns that are written, with what their types ask for where the table is known. */
async function columnsFor(
  first: unknown,
  connection: LoadConnection,
  table: string | undefined,
  names: readonly string[] | undefined,
  { nameQuote }: LoadDriver,
): Promise<readonly Column[] | undefined> {
  const known = table === undefined ? undefined : await connection.columnsOf(tableName(table));
  if (names === undefined) return known ?? (isMap(first) ? Object.keys(first).map(asItIs) : undefined);
  return names.map((written) => {
    const plain = plainName(written, nameQuote);
    const found = known?.find(({ name }) => name === plain || name.toLowerCase() === plain);
    // A row that is a map has the key as it is written here, without quotes.
    const key = /^(["`]).*\1$/su.test(written) ? plain : written;
    return { name: key, toDatabase: found?.toDatabase ?? same };
  });
}

const same = (value: unknown): unknown => value;

function asItIs(name: string): Column {
  return { name, toDatabase: same };
}

function valuesOf(
  row: unknown,
  number: number,
  columns: readonly Column[] | undefined,
  width: number,
): readonly unknown[] {
  const values = Array.isArray(row) ? row : mapValues(row, number, columns);
  if (values.length !== width)
    throw new TaskFailure(`Row ${number} has ${values.length} values, and the statement takes ${width}.`);
  return columns === undefined || columns.length !== width
    ? values
    : values.map((value: unknown, index) => columns[index]!.toDatabase(value ?? null));
}

function mapValues(row: unknown, number: number, columns: readonly Column[] | undefined): readonly unknown[] {
  if (!isMap(row)) throw new TaskFailure(`Row ${number} is neither a list of values nor a map.`);
  if (columns === undefined)
    throw new TaskFailure(`Row ${number} is a map, and the rows before it are lists. Give \`columns\` for maps.`);
  if (!columns.some(({ name }) => Object.hasOwn(row, name)))
    throw new TaskFailure(
      `Row ${number} has none of the columns ${columns.map(({ name }) => name).join(", ")}. Its keys are ${Object.keys(row).join(", ")}.`,
    );
  return columns.map(({ name }) => (Object.hasOwn(row, name) ? row[name] : null));
}

function isMap(row: unknown): row is Readonly<Record<string, unknown>> {
  return typeof row === "object" && row !== null && !Array.isArray(row);
}
