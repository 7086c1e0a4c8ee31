import { anyValue, defineTask, deliverRows, dynamic, fetchType, listOrText, rowOutputs } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { ask, mapOf } from "./client.ts";
import { commonProperties, placeOf } from "./connection.ts";
import { type Engine, EXAMPLE_CONNECTION } from "./engine.ts";
import { rowsOf, type SearchAnswer, totalOf } from "./hits.ts";

/** Properties of both kinds of search. */
export const searchProperties = (engine: Engine) => {
  const request = anyValue().describe("What is asked: a map, or its JSON, as the server's documentation has it.");
  const contentType = dynamic(z.enum(["CBOR", "JSON", "SMILE", "YAML"])).default("JSON");
  return {
    ...commonProperties(engine),
    indexes: listOrText()
      .optional()
      .describe("Indexes that are searched; `*` stands for any text. Default: all of them."),
    request: engine.name === "elasticsearch" ? request : request.optional(),
    contentType: contentType.meta({
      deprecated: true,
      description: "Taken, and of no effect: requests are sent as JSON.",
    }),
  };
};

/** `io.kestra.plugin.<engine>.Search`: one page of hits. */
export function searchTask(engine: Engine) {
  const type = `io.kestra.plugin.${engine.name}.Search`;
  return defineTask({
    type,
    title: `Search ${engine.title}`,
    description:
      "Asks for one page of hits, of which there are 10 if `request` has no `size`, and 10,000 at most. Scroll reads all of them.",
    properties: () => z.object({ ...searchProperties(engine), fetchType: fetchType("FETCH") }),
    outputs: () =>
      z.object({
        ...rowOutputs(),
        total: z.int().optional().describe("How many documents match. The server may stop counting at 10,000."),
      }),
    examples: [
      {
        title: "The errors of the last hour",
        code: `id: errors\ntype: ${type}\n${EXAMPLE_CONNECTION}indexes: [logs-*]\nrequest:\n  size: 100\n  query:\n    bool:\n      filter:\n        - term: { level: error }\n        - range: { "@timestamp": { gte: now-1h } }\n`,
      },
    ],
    async run({ properties, signal, files, log, metric }) {
      const { connection, routing, indexes, request, fetchType: how } = properties;
      const { value } = await ask(placeOf(connection), signal, {
        what: "The search",
        path: searchPath(indexes),
        params: routing === undefined ? {} : { routing },
        body: mapOf("request", request ?? {}),
      });
      const answer = value as SearchAnswer;
      const rows = rowsOf(answer);
      const delivered = await deliverRows(eachOf(rows), how, files);
      const total = totalOf(answer);
      metric({ name: "requests.count", type: "counter", value: 1 });
      metric({ name: "records", type: "counter", value: rows.length });
      log.info(`Hits: ${rows.length}${total === undefined ? "" : ` of ${total}`}`);
      return { ...delivered, ...(total !== undefined && { total }) };
    },
  });
}

/** Where the indexes are searched. */
export function searchPath(indexes: readonly string[] | undefined): string {
  const names = (indexes ?? []).map((index) => pathPart("indexes", index));
  return names.length === 0 ? "/_search" : `/${names.join(",")}/_search`;
}

async function* eachOf(rows: readonly unknown[]): AsyncGenerator {
  yield* rows;
}
