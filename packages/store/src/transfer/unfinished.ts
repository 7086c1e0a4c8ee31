import { StoreError } from "../errors.ts";

export const UNFINISHED_SQL = "SELECT source FROM unfinished_transfers";
export const BEGIN_TRANSFER_SQL = "INSERT INTO unfinished_transfers VALUES (?)";
export const END_TRANSFER_SQL = "DELETE FROM unfinished_transfers";

/** Throws `store-incomplete` for a database into which a transfer has begun that did not end. */
export function refuseUnfinished(row: { readonly source: string } | undefined): void {
  if (row !== undefined) throw new StoreError("store-incomplete", `a transfer from ${row.source} did not end`);
}
