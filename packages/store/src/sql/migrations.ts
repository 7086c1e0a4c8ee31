import { readdirSync, readFileSync } from "node:fs";
import { StoreError } from "../errors.ts";

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

/** A migration as a database remembers it: whole, since to compare texts takes nothing that a start would have to load first. */
export type AppliedMigration = Migration;

const FILE_NAME = /^(\d{4})-([a-z0-9-]+)\.sql$/;

/** The migrations of a folder, by number. A file that isn't named `0001-some-words.sql` or a gap is a mistake of ours. */
export function readMigrations(folder: URL): readonly Migration[] {
  const files = readdirSync(folder).toSorted();
  return files.map((file, position) => {
    const match = FILE_NAME.exec(file);
    const number = Number(match?.[1]);
    if (number !== position + 1) throw new Error(`${file} is not migration number ${position + 1}`);
    return { number, name: file, sql: readFileSync(new URL(file, folder), "utf8") };
  });
}

/**
 * What a database lacks; `applied` comes by number. Refuses one that has more than this version knows (`store-newer`) or that was
 * made by another text of the same migration (`store-changed`).
 */
export function missingMigrations(
  applied: readonly AppliedMigration[],
  migrations: readonly Migration[],
): readonly Migration[] {
  for (const row of applied) compare(row, migrations[row.number - 1]);
  return migrations.slice(applied.length);
}

function compare(applied: AppliedMigration, known: Migration | undefined): void {
  if (known === undefined) {
    throw new StoreError("store-newer", `it has migration ${applied.name}, which this version doesn't know`);
  }
  if (linesOf(known) !== linesOf(applied)) {
    throw new StoreError("store-changed", `${known.name} is not what was applied as ${applied.name}`);
  }
}

/** The same file checked out with other line ends is the same migration. */
function linesOf({ sql }: Migration): string {
  return sql.replaceAll("\r\n", "\n");
}
