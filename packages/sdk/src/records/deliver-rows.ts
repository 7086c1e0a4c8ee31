import { dynamic } from "@capstan/model";
import { Readable } from "node:stream";
import { z } from "zod";
import type { ExecutionFiles } from "../context.ts";
import { TaskFailure } from "../definition.ts";
import { recordLine } from "./records.ts";

/** What becomes of the rows that a query answers; as in Kestra. */
export const FETCH_TYPES = ["STORE", "FETCH", "FETCH_ONE", "NONE"] as const;
export type FetchType = (typeof FETCH_TYPES)[number];

/** Characters of fetched rows as JSON. Outputs hold about as much; more belongs into a file. */
export const FETCHED_CHARACTERS_MAX = 1_048_576;
/** Characters that are handed to the storage at once. */
const PIECE_CHARACTERS = 65_536;

/** The property `fetchType`. */
export function fetchType(standard: FetchType) {
  return dynamic(z.enum(FETCH_TYPES))
    .default(standard)
    .describe(
      "What becomes of the rows: STORE (a file of JSON lines, any number), FETCH (the output `rows`, a mebibyte at most), " +
        "FETCH_ONE (the first one as the output `row`) or NONE.",
    );
}

/** The outputs of `deliverRows`. */
export const rowOutputs = () => ({
  row: z.record(z.string(), z.unknown()).optional().describe("The first row, with fetchType FETCH_ONE."),
  rows: z.array(z.record(z.string(), z.unknown())).optional().describe("All rows, with fetchType FETCH."),
  uri: z.string().optional().describe("The file of all rows, one a line, with fetchType STORE."),
  size: z.int().optional().describe("How many rows there are; 1 at most with fetchType FETCH_ONE."),
});

export interface DeliveredRows {
  readonly row?: unknown;
  readonly rows?: readonly unknown[];
  readonly uri?: string;
  readonly size: number;
}

/**
 * Makes outputs of rows as they come: a stored file is never whole in memory, and after the first row of FETCH_ONE the source is
 * told to end. Throws `TaskFailure` when there is more to fetch than outputs hold.
 */
export async function deliverRows(
  rows: AsyncIterable<unknown>,
  how: FetchType,
  files: Pick<ExecutionFiles, "put">,
  name = "rows.ion",
): Promise<DeliveredRows> {
  switch (how) {
    case "STORE":
      return storeRows(rows, files, name);
    case "FETCH":
      return fetchRows(rows);
    case "FETCH_ONE": {
      for await (const row of rows) return { row, size: 1 };
      return { size: 0 };
    }
    case "NONE": {
      let size = 0;
      for await (const _row of rows) size += 1;
      return { size };
    }
    default:
      return how satisfies never;
  }
}

async function storeRows(
  rows: AsyncIterable<unknown>,
  files: Pick<ExecutionFiles, "put">,
  name: string,
): Promise<DeliveredRows> {
  let size = 0;
  async function* pieces() {
    let piece = "";
    for await (const row of rows) {
      size += 1;
      piece += recordLine(row);
      if (piece.length < PIECE_CHARACTERS) continue;
      yield Buffer.from(piece);
      piece = "";
    }
    if (piece !== "") yield Buffer.from(piece);
  }
  const uri = await files.put(name, Readable.from(pieces(), { objectMode: false }));
  return { uri, size };
}

async function fetchRows(rows: AsyncIterable<unknown>): Promise<DeliveredRows> {
  const fetched: unknown[] = [];
  let characters = 0;
  for await (const row of rows) {
    characters += recordLine(row).length;
    if (characters > FETCHED_CHARACTERS_MAX)
      throw new TaskFailure(
        `The rows are more than ${FETCHED_CHARACTERS_MAX} characters of JSON, which is what outputs hold (row ${fetched.length + 1}). ` +
          "Use `fetchType: STORE`, which puts them into a file.",
      );
    fetched.push(row);
  }
  return { rows: fetched, size: fetched.length };
}
