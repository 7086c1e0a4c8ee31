import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { RemoteServer } from "./remote-server.ts";

/** A server behind a door that knows who is in. */
export interface WatchedServer extends RemoteServer {
  /** Connections that are open. */
  readonly openCount: () => number;
  /** Once all connections that there were are closed. */
  readonly allClosed: () => Promise<void>;
}

/** Lets the connections of one test go through a door; those of FTP for content go past it. */
export async function watched(server: RemoteServer): Promise<WatchedServer> {
  const open = new Set<Socket>();
  const door = createServer((client) => {
    const inner = connect(Number(server.connection["port"]), "127.0.0.1");
    open.add(client);
    client.once("close", () => {
      open.delete(client);
      inner.destroy();
    });
    inner.once("close", () => client.destroy());
    for (const socket of [client, inner]) socket.on("error", () => undefined);
    client.pipe(inner).pipe(client);
  });
  door.listen(0, "127.0.0.1");
  await once(door, "listening");
  onTestFinished(() => void door.close());
  const port = String((door.address() as AddressInfo).port);
  return {
    ...server,
    connection: { ...server.connection, port },
    openCount: () => open.size,
    async allClosed() {
      // `once` would reject for an error before it, which a connection that is cut may well have.
      await Promise.all(Array.from(open, (socket) => new Promise((resolve) => void socket.once("close", resolve))));
    },
  };
}
