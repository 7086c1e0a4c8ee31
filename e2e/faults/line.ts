import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** The way of one process to another, such as a server to its database, on which everything can go wrong. */
export interface Line {
  readonly port: number;
  /** Ends all connections. */
  cut(): void;
  /** Nothing gets through any more, and nobody is told; also on new connections. */
  fallSilent(): void;
  /** What is on the way gets through, and so does everything after it. */
  heal(): void;
}

/** `far` answers the path of a socket, or a port of this machine, for each connection. */
export async function openLine(far: string | (() => number)): Promise<Line> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isSilent = false;
  const server = createServer((near) => {
    const other = typeof far === "string" ? connect(far) : connect(far(), "127.0.0.1");
    const pair = [near, other] as const;
    pairs.add(pair);
    near.pipe(other).pipe(near);
    if (isSilent) silence(pair);
    const end = () => {
      pairs.delete(pair);
      near.destroy();
      other.destroy();
    };
    for (const socket of pair) socket.on("error", end).on("close", end);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const cut = () => {
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    fallSilent: () => {
      isSilent = true;
      for (const pair of pairs) silence(pair);
    },
    heal: () => {
      isSilent = false;
      for (const [near, far] of pairs) near.pipe(far).pipe(near);
    },
  };
}

function silence([near, far]: readonly [Socket, Socket]): void {
  near.unpipe(far).pause();
  far.unpipe(near).pause();
}
