import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import replyFrom from "@fastify/reply-from";
import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { asRefusal, problemBody, Refusal } from "../refusal.ts";
import { LINE_TYPE } from "../door/send.ts";
import { createOpenAnswers } from "../open-answers.ts";
import { passedOnHeaders } from "./passed-on.ts";
import { leaderAbsent, sendRefusal } from "./send-refusal.ts";

/** Passes requests on to one other server, and its answers back, as they come. */
export interface Forwarder {
  readonly forward: (request: IncomingMessage, response: ServerResponse) => void;
  /** Ends event streams and lines of workers, also those that begin later, which would go on for ever: their callers ask again. */
  endStreams(): void;
  /** Ends what is under way: its callers are told that the other server is gone. */
  close(): Promise<void>;
}

/** Of answers that go on for ever. */
const STREAM_TYPES = ["text/event-stream", LINE_TYPE];
/** Connections to the other server at most; further requests wait for one. */
const CONNECTIONS_MAX = 1_024;
const CONNECT_MS_MAX = 3_000;

/** `lost` hears that nobody answers at the address. */
export async function createForwarder(address: string, lost: () => void): Promise<Forwarder> {
  const streams = createOpenAnswers();
  // The other server knows what it takes: nothing is measured, read or logged here.
  const server = fastify({
    logger: false,
    bodyLimit: Number.MAX_SAFE_INTEGER,
    frameworkErrors: (error, request, reply: unknown) => void refuse(error, request, reply as FastifyReply),
  });
  server.setErrorHandler(refuse);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", (_request, body, done) => done(null, body));
  void server.register(replyFrom, {
    disableRequestLogging: true,
    disableCache: true,
    destroyAgent: true,
    // Who follows an execution is silent for as long as that does nothing.
    undici: {
      connections: CONNECTIONS_MAX,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: CONNECT_MS_MAX },
    },
  });
  server.all("/*", (request, reply) => {
    const { raw } = request;
    return reply.from(`${address}${raw.url ?? "/"}`, {
      rewriteHeaders: (headers) => {
        const type = String(headers["content-type"]);
        if (STREAM_TYPES.some((stream) => type.startsWith(stream))) streams.add(reply.raw);
        return ownConnection(headers);
      },
      rewriteRequestHeaders: (_request, headers) => passedOnHeaders(headers, raw),
      // What was sent may have been done: only the caller knows whether to ask again.
      retryDelay: () => null,
      onError: (failed, { error }) => {
        lost();
        failed.hijack();
        sendRefusal(failed.raw as ServerResponse, raw.url, lossOf(error));
      },
    });
  });
  await server.ready();
  return {
    forward: (request, response) => server.routing(request, response),
    endStreams: streams.endAll,
    close: () => server.close(),
  };
}

/** What can't even be passed on, such as a path that is not well encoded. */
function refuse(error: unknown, { originalUrl }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = asRefusal(error) ?? new Refusal("request-invalid", "The request can't be read");
  return reply.code(refusal.status).send(problemBody(refusal, originalUrl));
}

/** The headers of an answer, but for those of the connection that it came by. */
function ownConnection({
  connection: _connection,
  "keep-alive": _keepAlive,
  ...headers
}: IncomingHttpHeaders): IncomingHttpHeaders {
  return headers;
}

/** Which of the two it was: nobody took the request, or who took it went away. */
function lossOf(error: Error): Refusal {
  const { cause } = error;
  const isUntouched = cause instanceof Error && "code" in cause && UNTOUCHED.has(String(cause.code));
  return isUntouched
    ? leaderAbsent()
    : new Refusal(
        "leader-lost",
        "The server that took the request went away before it answered: it may have been done",
      );
}

/** What is said of a connection that was never made. */
const UNTOUCHED: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "UND_ERR_CONNECT_TIMEOUT",
]);
