import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/**
 * What becomes of a request: it is passed on (none), answered 503, never answered, or its answer breaks off after so many bytes. Or it is
 * passed on without one of its headers, or its answer without one of its own.
 */
export type Fault = "unavailable" | "silent" | Change | undefined;

interface Change {
  readonly breaksAfterBytes?: number;
  readonly withoutHeader?: string;
  readonly withoutAnswerHeader?: string;
}

export interface FaultyProxy {
  readonly endpoint: string;
  /** What came, as `METHOD /path?query`. */
  readonly requests: readonly string[];
  /** How many answers were cut off by who asked. */
  cutOff(): number;
  stop(): Promise<void>;
}

/** Stands between a client and a server, and lets go wrong what `fault` says. */
export async function startFaultyProxy(endpoint: string, fault: (request: string) => Fault): Promise<FaultyProxy> {
  const requests: string[] = [];
  let cutOff = 0;
  const server = createServer((request, response) => {
    response.on("close", () => {
      if (!response.writableFinished) cutOff += 1;
    });
    const line = `${request.method} ${request.url}`;
    requests.push(line);
    const wrong = fault(line);
    if (typeof wrong !== "string") passOn(endpoint, { request, response, change: wrong ?? {} });
    else {
      request.resume();
      if (wrong === "unavailable") response.writeHead(503).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    cutOff: () => cutOff,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly change: Change;
}

function passOn(endpoint: string, { request, response, change }: Exchange): void {
  const { expect: _, ...headers } = request.headers;
  delete headers[change.withoutHeader ?? ""];
  const upstream = httpRequest(`${endpoint}${request.url}`, { method: request.method ?? "GET", headers });
  upstream.on("error", () => response.destroy());
  upstream.on("response", (answer) => {
    delete answer.headers[change.withoutAnswerHeader ?? ""];
    response.writeHead(answer.statusCode!, answer.headers);
    if (change.breaksAfterBytes === undefined) answer.pipe(response);
    else breakOff(answer, response, change.breaksAfterBytes);
  });
  response.on("close", () => upstream.destroy());
  request.pipe(upstream);
}

function breakOff(answer: IncomingMessage, response: ServerResponse, bytes: number): void {
  let left = bytes;
  answer.on("data", (chunk: Buffer) => {
    const piece = chunk.subarray(0, left);
    left -= piece.length;
    response.write(piece, () => {
      if (left === 0) response.destroy();
    });
  });
}
