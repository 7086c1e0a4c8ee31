import { deliverRows, type FetchType, type TaskContext } from "@capstan/sdk";
import { z } from "zod";
import { type Entry, entry } from "./entry.ts";

const FILE = "entries.ion";

/** Some entries, and what the next ones are asked for with. */
export interface EntryPage {
  readonly entries: readonly Entry[];
  readonly cursor: string | undefined;
}

/** What becomes of entries of the kind, in words that `fetchType` is described with. */
export const fetchDescription = (kind: string) =>
  `What becomes of the ${kind}: FETCH (the output \`rows\`, a mebibyte at most), FETCH_ONE (the first one as \`row\`), STORE (a file of JSON ` +
  "lines, any number) or NONE (they are only counted). Default: FETCH.";

export const pageOutputs = () =>
  z.object({
    rows: z.array(entry()).optional().describe("All of them, with fetchType FETCH."),
    row: entry().optional().describe("The first one, with fetchType FETCH_ONE."),
    uri: z.string().optional().describe("The file of all of them, one a line, with fetchType STORE."),
    size: z.int().describe("How many there are; 1 at most with FETCH_ONE."),
  });

export interface Delivery {
  readonly how: FetchType;
  readonly limit: number | undefined;
  /** The property that says the limit. */
  readonly limitName: string;
  /** For messages: what has the entries. */
  readonly what: string;
}

/** Makes outputs of pages, which are asked for as they are taken, until there are no more or `limit` is reached. */
export async function deliverPages(
  { files, log, metric }: Pick<TaskContext<unknown>, "files" | "log" | "metric">,
  pageAt: (cursor: string | undefined) => Promise<EntryPage>,
  { how, limit, limitName, what }: Delivery,
) {
  async function* entries() {
    let taken = 0;
    let cursor: string | undefined;
    do {
      const page = await pageAt(cursor);
      for (const one of page.entries) {
        if (taken === limit) {
          log.warn(
            `${what} has more than ${limit} entries: the rest is left out. Raise \`${limitName}\` to have them.`,
          );
          return;
        }
        yield one;
        taken += 1;
      }
      ({ cursor } = page);
    } while (cursor !== undefined);
  }
  const delivered = await deliverRows(entries(), how, files, FILE);
  metric({ name: "files.count", type: "counter", value: delivered.size });
  log.info(`${what} has ${delivered.size} ${delivered.size === 1 ? "entry" : "entries"}.`);
  return { ...delivered };
}
