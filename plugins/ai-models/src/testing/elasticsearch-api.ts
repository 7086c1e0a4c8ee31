import { type LocalServer, startServer } from "@capstan/sdk/test-kit";
import { z } from "zod";
import { cosine } from "./vectors.ts";

export const PASSWORD = "elastic-test-password";
const PREFIX = "/search";

const creation = z.strictObject({
  mappings: z.strictObject({
    properties: z.strictObject({
      text: z.strictObject({ type: z.literal("text") }),
      metadata: z.strictObject({ type: z.literal("object"), enabled: z.literal(false) }),
      vector: z.strictObject({
        type: z.literal("dense_vector"),
        dims: z.int().min(1).max(4096),
        index: z.literal(true),
        similarity: z.literal("cosine"),
      }),
    }),
  }),
});
const action = z.strictObject({ index: z.strictObject({ _id: z.uuid() }) });
const segment = z.strictObject({
  text: z.string(),
  metadata: z.record(z.string(), z.unknown()),
  vector: z.array(z.number()),
});
const query = z.strictObject({
  knn: z
    .strictObject({
      field: z.literal("vector"),
      query_vector: z.array(z.number()),
      k: z.int().min(1),
      num_candidates: z.int().max(10_000),
    })
    .refine(({ k, num_candidates: candidates }) => k <= candidates),
  size: z.int(),
  min_score: z.number(),
  _source: z.tuple([z.literal("text"), z.literal("metadata")]),
});

/** A server with one index, `texts`, behind a proxy, as the reference of Elasticsearch 8 has it; it refuses all that is not in there. */
export async function startElasticsearch(): Promise<LocalServer> {
  let stored: Map<string, z.output<typeof segment>> | undefined;
  let dimensions = 0;
  const routes: Readonly<Record<string, (body: string) => unknown>> = {
    "GET /texts": () => stored && { texts: {} },
    "PUT /texts": (body) => {
      dimensions = creation.parse(JSON.parse(body)).mappings.properties.vector.dims;
      stored = new Map();
      return { acknowledged: true, index: "texts" };
    },
    "DELETE /texts": () => {
      const answer = stored && { acknowledged: true };
      stored = undefined;
      return answer;
    },
    "POST /texts/_bulk?refresh=wait_for": (body) => {
      if (!body.endsWith("\n")) throw new Error("The bulk request must be terminated by a newline [\\n]");
      const lines = body.trimEnd().split("\n");
      const items = lines.flatMap((line, index) => {
        if (index % 2 === 1) return [];
        const { _id: id } = action.parse(JSON.parse(line)).index;
        const added = segment.parse(JSON.parse(lines[index + 1] ?? ""));
        if (added.vector.length !== dimensions) {
          const reason = `has ${added.vector.length} dimensions, and must have ${dimensions}`;
          return [{ index: { status: 400, error: { type: "document_parsing_exception", reason } } }];
        }
        stored?.set(id, added);
        return [{ index: { status: 201 } }];
      });
      return { took: 1, errors: items.some(({ index }) => index.status >= 400), items };
    },
    "POST /texts/_search": (body) => {
      const { knn, size, min_score: least } = query.parse(JSON.parse(body));
      const hits = [...(stored?.values() ?? [])]
        .map(({ vector, ...source }) => ({ _score: (1 + cosine(vector, knn.query_vector)) / 2, _source: source }))
        .filter(({ _score: score }) => score >= least)
        .toSorted((a, b) => b._score - a._score);
      return stored && { hits: { hits: hits.slice(0, Math.min(size, knn.k)) } };
    },
  };
  const allowed = `Basic ${Buffer.from(`elastic:${PASSWORD}`).toString("base64")}`;
  const server = await startServer((request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.headers.authorization !== allowed || request.headers["x-team"] !== "a: b")
      return answer(401, { error: { type: "security_exception", reason: "unable to authenticate" }, status: 401 });
    const path = (request.url ?? "").startsWith(PREFIX) ? request.url!.slice(PREFIX.length) : "";
    try {
      const result = routes[`${request.method} ${path}`]?.(server.received.at(-1)!.body);
      if (result === undefined) return answer(404, { error: { reason: "no such index [texts]" }, status: 404 });
      return answer(200, result);
    } catch (error) {
      return answer(400, { error: { reason: (error as Error).message }, status: 400 });
    }
  });
  return server;
}
