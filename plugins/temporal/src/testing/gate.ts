import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What stands between a task and a server: it can be shut, and tells when nobody is connected any more. */
export interface Gate extends AsyncDisposable {
  readonly endpoint: string;
  /** Cuts all connections, and refuses new ones until it is opened again. */
  shut(): void;
  open(): void;
  /** How many connections there were. */
  readonly entries: number;
  /** Resolves once nobody is connected. */
  left(): Promise<void>;
}

export async function startGate(port: number): Promise<Gate> {
  const inside = new Set<Socket>();
  let isShut = false;
  let entries = 0;
  const server = createServer((client) => {
    if (isShut) {
      client.destroy();
      return;
    }
    entries += 1;
    inside.add(client);
    const upstream = connect(port, "127.0.0.1");
    client.pipe(upstream).pipe(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
    client.on("close", () => {
      inside.delete(client);
      if (inside.size === 0) server.emit("left");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const socket of inside) socket.destroy();
  };
  return {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    shut() {
      isShut = true;
      cut();
    },
    open() {
      isShut = false;
    },
    get entries() {
      return entries;
    },
    async left() {
      if (inside.size > 0) await once(server, "left");
    },
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
