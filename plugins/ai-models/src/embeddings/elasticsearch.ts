import { dynamic, secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { textBody } from "@capstan/sdk/http";
import { z } from "zod";
import { byId, type EmbeddingStore } from "./embedding-store.ts";
import { callServer, callServerFor, type VectorServer } from "./vector-server.ts";

/** What is looked at for each text that is found: the more, the more exact is the search. */
const CANDIDATES_FACTOR = 10;
/** What the server takes. */
const CANDIDATES_MAX = 10_000;

const basicAuth = () =>
  z.object({
    username: text().optional().describe("Name of the user."),
    password: secret().optional().describe("Password of the user."),
  });

const ignored = <Schema extends z.ZodType>(schema: Schema) =>
  schema.optional().meta({ deprecated: true, description: "Accepted for compatibility, without effect." });

const connection = () =>
  z.object({
    hosts: dynamic(z.array(text()).min(1)).describe(
      "Addresses of the servers, such as https://example.com:9200; the first is asked.",
    ),
    basicAuth: basicAuth().optional().describe("As whom they are asked."),
    headers: dynamic(z.array(secret())).optional().describe("Headers of all requests, each as `Name: value`."),
    pathPrefix: text().optional().describe("What stands before each path, behind a proxy."),
    trustAllSsl: dynamic(z.boolean()).optional().describe("Whether certificates are not checked. For tests only."),
    strictDeprecationMode: ignored(dynamic(z.boolean())),
    targetServerVersion: ignored(dynamic(z.int())),
  });

export const elasticsearchProperties = () => ({
  connection: connection().describe("The servers, in version 8 or later."),
  indexName: text().describe("The index, which is made where there is none."),
});

interface Written {
  readonly connection: z.output<ReturnType<typeof connection>>;
  readonly indexName: string;
}

const bulkAnswer = z.looseObject({
  errors: z.boolean(),
  items: z.array(
    z.looseObject({ index: z.looseObject({ error: z.looseObject({ reason: z.string().optional() }).optional() }) }),
  ),
});

const searchAnswer = z.looseObject({
  hits: z.looseObject({
    hits: z.array(
      z.looseObject({
        _score: z.number(),
        _source: z.looseObject({ text: z.string(), metadata: z.record(z.string(), z.unknown()).nullish() }),
      }),
    ),
  }),
});

/** An index of Elasticsearch with vectors. */
export function elasticsearchStore(
  context: TaskContext<unknown>,
  { connection: to, indexName }: Written,
): EmbeddingStore {
  const server = serverOf(to);
  const path = `/${encodeURIComponent(indexName)}`;
  return {
    outputs: { indexName },
    drop: async () => {
      await callServerFor(context, server, { method: "DELETE", path });
    },
    add: async (segments) => {
      const [first] = segments;
      if (first === undefined) return;
      if ((await callServerFor(context, server, { method: "GET", path })) === undefined)
        await callServer(context, server, { method: "PUT", path, body: indexOf(first.vector.length) });
      const lines = Array.from(byId(segments), ([id, segment]) => {
        return `${JSON.stringify({ index: { _id: id } })}\n${JSON.stringify(segment)}\n`;
      });
      const content = textBody(lines.join(""), "application/x-ndjson");
      const call = { method: "POST" as const, path: `${path}/_bulk?refresh=wait_for`, content };
      const read = bulkAnswer.safeParse(await callServer(context, server, call));
      if (!read.success) throw new TaskFailure("Elasticsearch answered with what is no result of a bulk.");
      const refused = read.data.items.find(({ index }) => index.error !== undefined)?.index.error;
      if (refused !== undefined)
        throw new TaskFailure(`Elasticsearch did not store a text: ${refused.reason ?? "it does not say why"}`);
    },
    search: async (vector, { maxResults, minScore }) => {
      const candidates = Math.min(CANDIDATES_MAX, maxResults * CANDIDATES_FACTOR);
      const body = {
        knn: { field: "vector", query_vector: vector, k: maxResults, num_candidates: candidates },
        size: maxResults,
        min_score: minScore,
        _source: ["text", "metadata"],
      };
      const read = searchAnswer.safeParse(
        await callServer(context, server, { method: "POST", path: `${path}/_search`, body }),
      );
      if (!read.success) throw new TaskFailure("Elasticsearch answered with what is no list of texts.");
      // For cosines, its score is ours.
      return read.data.hits.hits.map(({ _score: score, _source: { text: content, metadata } }) => ({
        text: content,
        metadata: metadata ?? {},
        score,
      }));
    },
  };
}

/** What is known of a text is kept, and searched by nobody: it may have any number of names. */
function indexOf(dims: number) {
  return {
    mappings: {
      properties: {
        text: { type: "text" },
        metadata: { type: "object", enabled: false },
        vector: { type: "dense_vector", dims, index: true, similarity: "cosine" },
      },
    },
  };
}

function serverOf({
  hosts,
  basicAuth: auth,
  headers = [],
  pathPrefix = "",
  trustAllSsl,
}: Written["connection"]): VectorServer {
  const prefix = pathPrefix.replaceAll(/^\/+|\/+$/g, "");
  const basic = Buffer.from(`${auth?.username ?? ""}:${auth?.password ?? ""}`).toString("base64");
  return {
    name: "Elasticsearch",
    url: `${(hosts[0] ?? "").replace(/\/+$/, "")}${prefix === "" ? "" : `/${prefix}`}`,
    headers: {
      ...(auth !== undefined && { Authorization: `Basic ${basic}` }),
      ...Object.fromEntries(headers.map(headerOf)),
    },
    ...(trustAllSsl === true && { trustsAllCertificates: true }),
  };
}

/** The value stays out of the message: it may be a key. */
function headerOf(written: string): readonly [string, string] {
  const [, name, value] = /^\s*([\w-]+)\s*:\s*(.*?)\s*$/.exec(written) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new TaskFailure("One of `connection.headers` is none. Write each as `Name: value`.");
}
