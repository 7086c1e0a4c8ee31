import { randomUUID } from "node:crypto";
import { type LocalServer, startServer } from "@capstan/sdk/test-kit";
import { z } from "zod";
import { cosine } from "./vectors.ts";

const COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections";

const creation = z.strictObject({
  name: z.string(),
  get_or_create: z.literal(true),
  configuration: z.strictObject({ hnsw: z.strictObject({ space: z.literal("cosine") }) }),
});
const metadata = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const addition = z.strictObject({
  ids: z.array(z.uuid()),
  embeddings: z.array(z.array(z.number())),
  documents: z.array(z.string()),
  metadatas: z.array(metadata.refine((map) => Object.keys(map).length > 0).nullable()),
});
const query = z.strictObject({
  query_embeddings: z.array(z.array(z.number())).length(1),
  n_results: z.int().min(1),
  include: z.tuple([z.literal("documents"), z.literal("metadatas"), z.literal("distances")]),
});

interface Stored {
  readonly id: string;
  readonly vector: readonly number[];
  readonly document: string;
  readonly metadata: z.output<typeof metadata> | null;
}

/**
 * A server with one collection, `texts`, that answers as Chroma 1.x does, and refuses all that is not in its reference. The real one,
 * which is half a gigabyte, passes the same tests.
 */
export async function startChroma(): Promise<LocalServer> {
  let id = "";
  let stored: Stored[] = [];
  const routes = (): Readonly<Record<string, (body: unknown) => unknown>> => ({
    [`POST ${COLLECTIONS}`]: (body) => {
      const { name } = creation.parse(body);
      if (id === "") id = randomUUID();
      return { id, name, tenant: "default_tenant", database: "default_database" };
    },
    [`DELETE ${COLLECTIONS}/texts`]: () => {
      if (id === "") return undefined;
      [id, stored] = ["", []];
      return {};
    },
    [`POST ${COLLECTIONS}/${id}/upsert`]: (body) => {
      const { ids, embeddings, documents, metadatas } = addition.parse(body);
      stored = stored.filter((each) => !ids.includes(each.id));
      for (const [index, each] of ids.entries())
        stored.push({ id: each, vector: embeddings[index]!, document: documents[index]!, metadata: metadatas[index]! });
      return {};
    },
    [`POST ${COLLECTIONS}/${id}/query`]: (body) => {
      const { query_embeddings: vectors, n_results: count } = query.parse(body);
      const found = stored
        .map((each) => ({ ...each, distance: 1 - cosine(vectors[0]!, each.vector) }))
        .toSorted((a, b) => a.distance - b.distance)
        .slice(0, count);
      return {
        ids: [found.map((each) => each.id)],
        documents: [found.map(({ document }) => document)],
        metadatas: [found.map((each) => each.metadata)],
        distances: [found.map(({ distance }) => distance)],
        include: ["documents", "metadatas", "distances"],
      };
    },
  });
  const server = await startServer((request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const { body } = server.received.at(-1)!;
    try {
      const result = routes()[`${request.method} ${request.url}`]?.(body === "" ? undefined : JSON.parse(body));
      if (result === undefined)
        return answer(404, { error: "NotFoundError", message: "Collection [texts] does not exist" });
      return answer(200, result);
    } catch (error) {
      return answer(400, { error: "InvalidArgumentError", message: (error as Error).message });
    }
  });
  return server;
}
