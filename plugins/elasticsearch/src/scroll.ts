import { defineTask, deliverRows } from "@capstan/sdk";
import { z } from "zod";
import { ask, mapOf } from "./client.ts";
import { type Place, placeOf } from "./connection.ts";
import { type Engine, EXAMPLE_CONNECTION } from "./engine.ts";
import { rowsOf, type SearchAnswer } from "./hits.ts";
import { searchPath, searchProperties } from "./search.ts";

/** Hits of a page, if `request` says nothing else. */
const PAGE_SIZE = 1000;
/** How long the server keeps a scroll between two pages. */
const KEPT = "5m";
/** How long the server may take to forget a scroll, in milliseconds; then it does so by itself. */
const CLEAR_MS_MAX = 5_000;

/** `io.kestra.plugin.<engine>.Scroll`: all hits, into a file. */
export function scrollTask(engine: Engine) {
  const type = `io.kestra.plugin.${engine.name}.Scroll`;
  return defineTask({
    type,
    title: `Read all hits of a search on ${engine.title}`,
    description:
      "Reads page after page, as the index was at the first one, and puts all documents into a file. One page is in memory at a time.",
    properties: () => z.object(searchProperties(engine)),
    outputs: () =>
      z.object({
        size: z.int().describe("How many documents there are."),
        uri: z.string().describe("The file of all documents, one a line."),
      }),
    examples: [
      {
        title: "Export an index",
        code: `id: export\ntype: ${type}\n${EXAMPLE_CONNECTION}indexes: [orders]\nrequest:\n  size: 5000\n  query: { match_all: {} }\n`,
      },
    ],
    async run({ properties, signal, files, log, metric }) {
      const { connection, routing, indexes, request } = properties;
      const place = placeOf(connection);
      const body = { size: PAGE_SIZE, ...mapOf("request", request ?? {}) };
      const params = { scroll: KEPT, ...(routing !== undefined && { routing }) };
      const pages = pagesOf(place, signal, { what: "The search", path: searchPath(indexes), params, body });
      let requests = 0;
      async function* rows() {
        for await (const page of pages) {
          requests += 1;
          yield* page;
        }
      }
      const { size, uri } = await deliverRows(rows(), "STORE", files);
      metric({ name: "requests.count", type: "counter", value: requests });
      metric({ name: "records", type: "counter", value: size });
      log.info(`Documents read: ${size}`);
      return { size, uri: uri! };
    },
  });
}

type Rows = ReturnType<typeof rowsOf>;

/** The pages until an empty one; the server forgets the scroll when nobody reads on. */
async function* pagesOf(place: Place, signal: AbortSignal, first: Parameters<typeof ask>[2]): AsyncGenerator<Rows> {
  let id: string | undefined;
  try {
    let question = first;
    for (;;) {
      const answer = (await ask(place, signal, question)).value as SearchAnswer;
      id = answer._scroll_id ?? id;
      const rows = rowsOf(answer);
      if (rows.length === 0) return;
      yield rows;
      question = { what: "The next page", path: "/_search/scroll", body: { scroll: KEPT, scroll_id: id } };
    }
  } finally {
    if (id !== undefined) await clear(place, id);
  }
}

/** Also when the task is killed: the server has room for few scrolls. */
async function clear(place: Place, id: string): Promise<void> {
  const question = { what: "The end of a scroll", method: "DELETE", path: "/_search/scroll", body: { scroll_id: id } };
  // The server forgets it by itself, if later.
  await ask(place, AbortSignal.timeout(CLEAR_MS_MAX), question).catch(() => undefined);
}
