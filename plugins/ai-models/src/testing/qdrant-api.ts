import { type LocalServer, startServer } from "@capstan/sdk/test-kit";
import { z } from "zod";
import { cosine } from "./vectors.ts";

export const KEY = "qdrant-test-key";

const creation = z.strictObject({
  vectors: z.strictObject({ size: z.int().min(1), distance: z.literal("Cosine") }),
});
const upsert = z.strictObject({
  points: z.array(
    z.strictObject({ id: z.uuid(), vector: z.array(z.number()), payload: z.record(z.string(), z.unknown()) }),
  ),
});
const query = z.strictObject({
  query: z.array(z.number()),
  limit: z.int().min(1),
  with_payload: z.literal(true),
  score_threshold: z.number().min(-1).max(1),
});

type Point = z.output<typeof upsert>["points"][number];

/** A server with one collection, `texts`, as the reference of Qdrant's HTTP API has it; it refuses all that is not in there. */
export async function startQdrant(): Promise<LocalServer> {
  let points: Point[] | undefined;
  let size = 0;
  const routes: Readonly<Record<string, (body: unknown) => unknown>> = {
    "GET /collections/texts": () => (points === undefined ? undefined : { status: "green" }),
    "PUT /collections/texts": (body) => {
      ({ size } = creation.parse(body).vectors);
      points = [];
      return true;
    },
    "DELETE /collections/texts": () => {
      if (points === undefined) return undefined;
      points = undefined;
      return true;
    },
    "PUT /collections/texts/points?wait=true": (body) => {
      const added = upsert.parse(body).points;
      if (added.some(({ vector }) => vector.length !== size)) throw new Error("Vector dimension error");
      points = points?.filter(({ id }) => !added.some((each) => each.id === id)).concat(added);
      return points && { operation_id: 0, status: "completed" };
    },
    "POST /collections/texts/points/query": (body) => {
      const { query: vector, limit, score_threshold: least } = query.parse(body);
      const scored = points?.map(({ id, payload, vector: other }) => ({
        id,
        version: 0,
        payload,
        score: cosine(vector, other),
      }));
      const found = scored?.filter(({ score }) => score >= least).toSorted((a, b) => b.score - a.score);
      return found && { points: found.slice(0, limit) };
    },
  };
  const server = await startServer((request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.headers["api-key"] !== KEY) return answer(401, { status: { error: "Invalid api-key" } });
    const route = routes[`${request.method} ${request.url}`];
    if (route === undefined) return answer(404, { status: { error: "no such route" } });
    const { body } = server.received.at(-1)!;
    try {
      const result = route(body === "" ? undefined : JSON.parse(body));
      if (result === undefined)
        return answer(404, { status: { error: "Not found: Collection `texts` doesn't exist!" } });
      return answer(200, { result, status: "ok", time: 0.001 });
    } catch (error) {
      return answer(400, { status: { error: (error as Error).message } });
    }
  });
  return server;
}
