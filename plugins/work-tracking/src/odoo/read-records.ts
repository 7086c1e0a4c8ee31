import { z } from "zod";
import type { CallModel } from "./odoo-api.ts";

/** How many records are read at once. */
export const RECORDS_PER_PAGE = 1_000;

const record = () => z.record(z.string(), z.unknown());
const ids = () => z.array(z.int());

export interface Search {
  readonly filters: readonly unknown[];
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** The ids of the records that are found, in the model's order. */
export function searchIds(call: CallModel, { filters, limit, offset }: Search): Promise<readonly number[]> {
  return call(
    "search",
    [filters],
    { ...(limit !== undefined && { limit }), ...(offset !== undefined && { offset }) },
    ids(),
  );
}

/**
 * The records of these ids, in their order, a page at a time. Ids are looked up once before, so that no record moves from one page to
 * another while they are read; those that are deleted meanwhile are left out.
 */
export async function* readFound(call: CallModel, found: readonly number[], fields: readonly string[]) {
  for (let start = 0; start < found.length; start += RECORDS_PER_PAGE) {
    const page = found.slice(start, start + RECORDS_PER_PAGE);
    const records = await call("search_read", [[["id", "in", page]]], fieldsOf(fields), z.array(record()));
    const byId = new Map(records.map((one) => [one["id"], one]));
    yield* page.map((id) => byId.get(id)).filter((one) => one !== undefined);
  }
}

/** The records of these ids. Odoo refuses when one isn't there. */
export async function* readByIds(call: CallModel, wanted: readonly number[], fields: readonly string[]) {
  for (let start = 0; start < wanted.length; start += RECORDS_PER_PAGE)
    yield* await call("read", [wanted.slice(start, start + RECORDS_PER_PAGE)], fieldsOf(fields), z.array(record()));
}

/** Without fields, Odoo gives all of them. */
function fieldsOf(fields: readonly string[]): Record<string, unknown> {
  return fields.length === 0 ? {} : { fields };
}
