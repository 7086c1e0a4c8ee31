import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

const CHANNEL = "net.client.socket";

/** The sockets that are opened by what runs in it; all are closed with it. */
export interface OwnSockets extends Disposable {
  run<Result>(action: () => Result): Result;
}

/**
 * The client closes a connection only if the server has spoken HTTP/2 on it: one to a server that takes connections and says nothing
 * would stay open for as long as the worker lives. When `Http2SubchannelConnector.shutdown` of @grpc/grpc-js ends it, this can go.
 */
export function ownSockets(): OwnSockets {
  const inside = new AsyncLocalStorage<true>();
  const open = new Set<Socket>();
  const onSocket = (message: unknown) => {
    if (inside.getStore() === undefined) return;
    const { socket } = message as { socket: Socket };
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  };
  subscribe(CHANNEL, onSocket);
  return {
    run: (action) => inside.run(true, action),
    [Symbol.dispose]() {
      unsubscribe(CHANNEL, onSocket);
      for (const socket of open) socket.destroy();
    },
  };
}
