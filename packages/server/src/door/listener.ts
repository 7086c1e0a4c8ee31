import { lookup } from "node:dns/promises";
import { createServer, type RequestListener, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { problemBody, Refusal } from "../refusal.ts";

export interface Listener {
  /** Listens on every address of the host; answers where. Rejects as `net.Server` does. */
  listen(host: string, port: number): Promise<{ readonly url: string }>;
  /** Takes no new connection, lets requests end, closes. */
  close(): Promise<void>;
}

/** Longer than proxies keep theirs, so that none is closed while a request is on its way. */
const KEEP_ALIVE_MS = 72_000;
const IDLE_SWEEP_MS = 50;

/** The sockets of the server. A request's body may take any time, its headers a minute. */
export function createListener(handle: RequestListener, headerBytesMax: number): Listener {
  const servers: HttpServer[] = [];
  const open = async (address: string, port: number): Promise<AddressInfo> => {
    const server = createServer(
      { maxHeaderSize: headerBytesMax, keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 },
      handle,
    );
    server.on("clientError", refuseUnreadable);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: address, port }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    servers.push(server);
    return server.address() as AddressInfo;
  };
  return {
    async listen(host, port) {
      const [first = host, ...others] = await addressesOf(host);
      const { port: taken } = await open(first, port);
      for (const address of others) await open(address, taken);
      return { url: `http://${nameOf(first)}:${taken}` };
    },
    close: async () => {
      await Promise.all(servers.map(close));
    },
  };
}

/** `localhost` is the machine by IPv4 and by IPv6, and clients try either; any other host is one address. */
async function addressesOf(host: string): Promise<readonly string[]> {
  if (host !== "localhost") return [host];
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** What to call an address by: every address of the machine is reached by its own. */
function nameOf(address: string): string {
  if (address === "0.0.0.0" || address === "::") return "127.0.0.1";
  return address.includes(":") ? `[${address}]` : address;
}

function close(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    // A connection that was busy when the closing began is idle later.
    const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
    server.close(() => {
      clearInterval(sweep);
      resolve();
    });
  });
}

/** What is no request of HTTP, or has too large a head, has no handler that could answer. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy(error);
  const refusal = UNREADABLE[error.code ?? ""] ?? new Refusal("request-invalid", "The request can't be read");
  const body = JSON.stringify(problemBody(refusal, ""));
  const head = [
    `HTTP/1.1 ${refusal.status} Refused`,
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

const UNREADABLE: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: new Refusal("headers-too-large", "The head of the request is larger than the server takes"),
  ERR_HTTP_REQUEST_TIMEOUT: new Refusal("request-timeout", "The head of the request took too long"),
};
