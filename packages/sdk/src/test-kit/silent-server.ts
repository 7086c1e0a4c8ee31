import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A server that takes connections and says nothing, as one that hangs does. */
export interface SilentServer extends AsyncDisposable {
  readonly port: number;
  /** Resolves with the first connection. */
  readonly connected: Promise<void>;
  /** Resolves when all that connected so far have closed their connections. */
  left(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function startSilentServer(): Promise<SilentServer> {
  const open = new Map<Socket, Promise<void>>();
  const connected = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    const closed = new Promise<void>((resolve) => {
      socket.once("close", () => {
        open.delete(socket);
        resolve();
      });
    });
    open.set(socket, closed);
    socket.resume().on("error", () => undefined); // It is over then, as by a close.
    connected.resolve();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connected: connected.promise,
    left: async () => void (await Promise.all(open.values())),
    async [Symbol.asyncDispose]() {
      for (const socket of open.keys()) socket.destroy();
      server.close();
    },
  };
}
