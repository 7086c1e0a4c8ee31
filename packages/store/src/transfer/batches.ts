import { type Columns, type MovedRow, type MovedTable } from "./moved-rows.ts";
import { BATCH_CHARACTERS_MAX, BATCH_ROWS_MAX } from "./transfer.ts";

/** Gathers rows into batches that fit into memory. */
export function* batchesOf(table: MovedTable, rows: Iterable<Columns>): Iterable<readonly MovedRow[]> {
  let batch: MovedRow[] = [];
  let size = 0;
  for (const columns of rows) {
    const row = table.rowOf(columns);
    batch.push(row);
    size += row.size;
    if (batch.length < BATCH_ROWS_MAX && size < BATCH_CHARACTERS_MAX) continue;
    yield batch;
    [batch, size] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}
