import { TaskFailure } from "@capstan/sdk";
import type { BatchProperties } from "../batch.ts";
import type { Column, LoadConnection, LoadDriver } from "../connection.ts";
import { numberPlaceholders, placeOf } from "../sql/bind-parameters.ts";
import { rowlessInsert } from "../sql/rowless-insert.ts";
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
  if (connection.append !== undefined) {
    const append: Append = (insert, rows) => connection.append(insert, rows);
    return appendPlan(append, first, columns, { sql, table, columns: names }, driver);
  }
  const change: Change = (statement, valueLists) => connection.change(statement, valueLists);
  if (sql !== undefined) {
    const { sql: written, count } = numberPlaceholders(sql, driver);
    return { columns, width: count, write: (rows) => change(written, rows) };
  }
  const known = withTable(columns, table);
  const head = `${insertInto(known, names, table, driver)} VALUES `;
  return { columns: known, width: known.length, write: writeValues(change, head, known.length, driver) };
}

type Append = (insert: string, rows: readonly (readonly unknown[])[]) => Promise<number>;
type Change = (sql: string, valueLists: readonly (readonly unknown[])[]) => Promise<number>;

/** For databases that take rows beside the statement. */
function appendPlan(
  append: Append,
  first: unknown,
  columns: readonly Column[] | undefined,
  { sql, table, columns: names }: Omit<LoadProperties, "chunk">,
  driver: LoadDriver,
): Plan {
  if (sql !== undefined) {
    const { head, width } = rowlessInsert(sql, driver.dialect);
    const values = width ?? columns?.length ?? (Array.isArray(first) ? first.length : 0);
    return { columns, width: values, write: (rows) => append(head, rows) };
  }
  const known = withTable(columns, table);
  const head = insertInto(known, names, table, driver);
  return { columns: known, width: known.length, write: (rows) => append(head, rows) };
}

function withTable(columns: readonly Column[] | undefined, table: string | undefined): readonly Column[] {
  if (table === undefined) throw new TaskFailure("There is no table to load into: give `table`, or `sql`.");
  if (columns === undefined || columns.length === 0) throw new TaskFailure(`The table ${table} has no columns.`);
  return columns;
}

function insertInto(
  columns: readonly Column[],
  names: readonly string[] | undefined,
  table: string | undefined,
  { nameQuote }: LoadDriver,
): string {
  const written = columns.map(({ name }, index) =>
    names === undefined ? quoteName(name, nameQuote) : columnName(names[index]!, nameQuote),
  );
  return `INSERT INTO ${tableName(table ?? "")} (${written.join(", ")})`;
}

/** Writes rows with the values in the statement. */
function writeValues(change: Change, head: string, width: number, driver: LoadDriver): Plan["write"] {
  const { valuesMax, rowsMax = Infinity } = driver;
  const rowsPerStatement = Math.max(1, Math.min(rowsMax, Math.floor(valuesMax / width)));
  // All chunks but the last are of one size.
  const lists = new Map<number, string>();
  const listFor = (size: number): string => {
    const list = lists.get(size) ?? placesOf(size, width, driver);
    lists.set(size, list);
    return list;
  };
  return async (rows) => {
    let changed = 0;
    for (let start = 0; start < rows.length; start += rowsPerStatement) {
      const part = rows.slice(start, start + rowsPerStatement);
      changed += await change(head + listFor(part.length), [part.flat()]);
    }
    return changed;
  };
}

/** `($1, $2), ($3, $4)`: the places of so many rows. */
function placesOf(rows: number, width: number, { placeholders }: LoadDriver): string {
  const row = (index: number) =>
    Array.from({ length: width }, (_, column) => placeOf(placeholders, index * width + column + 1));
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
