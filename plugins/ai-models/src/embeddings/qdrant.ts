import { dynamic, secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { byId, type EmbeddingStore, scoreOf } from "./embedding-store.ts";
import { callServer, callServerFor } from "./vector-server.ts";

/** Flows that were written for clients of gRPC have its port; the API of HTTP has another one. */
const GRPC_PORT = 6334;
const HTTP_PORT = 6333;
/** Where the text of a point is, as other clients have it. */
const TEXT = "text_segment";

export const qdrantProperties = () => ({
  host: text().describe("Host of the server, or https://host for one with TLS."),
  port: dynamic(z.int().min(1).max(65_535)).describe(
    `Its port, which is ${HTTP_PORT} as a rule. For ${GRPC_PORT}, that of gRPC, ${HTTP_PORT} is taken.`,
  ),
  apiKey: secret().describe("Key of the API; any text where the server asks for none."),
  collectionName: text().describe("The collection, which is made where there is none."),
});

const answer = z.looseObject({
  result: z.looseObject({
    points: z.array(z.looseObject({ score: z.number(), payload: z.record(z.string(), z.unknown()).nullish() })),
  }),
});

interface Written {
  readonly host: string;
  readonly port: number;
  readonly apiKey: string;
  readonly collectionName: string;
}

/** A collection of Qdrant. */
export function qdrantStore(context: TaskContext<unknown>, written: Written): EmbeddingStore {
  const { host, port, apiKey, collectionName } = written;
  const base = /^https?:\/\//.test(host) ? host : `http://${host}`;
  const url = `${base.replace(/\/+$/, "")}:${port === GRPC_PORT ? HTTP_PORT : port}`;
  const server = { name: "Qdrant", url, headers: { "api-key": apiKey } };
  const path = `/collections/${encodeURIComponent(collectionName)}`;
  return {
    outputs: { collectionName },
    drop: async () => {
      await callServerFor(context, server, { method: "DELETE", path });
    },
    add: async (segments) => {
      const [first] = segments;
      if (first === undefined) return;
      if ((await callServerFor(context, server, { method: "GET", path })) === undefined)
        await callServer(context, server, {
          method: "PUT",
          path,
          body: { vectors: { size: first.vector.length, distance: "Cosine" } },
        });
      const points = Array.from(byId(segments), ([id, { text: content, metadata, vector }]) => ({
        id,
        vector,
        payload: { ...metadata, [TEXT]: content },
      }));
      await callServer(context, server, { method: "PUT", path: `${path}/points?wait=true`, body: { points } });
    },
    search: async (vector, { maxResults, minScore }) => {
      const answered = await callServer(context, server, {
        method: "POST",
        path: `${path}/points/query`,
        body: { query: vector, limit: maxResults, with_payload: true, score_threshold: 2 * minScore - 1 },
      });
      const read = answer.safeParse(answered);
      if (!read.success) throw new TaskFailure("Qdrant answered with what is no list of points.");
      return read.data.result.points.map(({ score, payload }) => {
        const { [TEXT]: content, ...metadata } = payload ?? {};
        return { text: typeof content === "string" ? content : "", metadata, score: scoreOf(score) };
      });
    },
  };
}
