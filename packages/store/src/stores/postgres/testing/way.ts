import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to a PostgreSQL server on which things go wrong. */
export interface Way {
  /** The address of the server's database, by this way. */
  readonly url: string;
  /** How many connections there have been. */
  readonly connections: number;
  /** From now on nothing gets through on the connections there are, or on those that come as well, as when a cable is cut. */
  fallSilent(options?: { readonly only?: "answers"; readonly newOnes?: boolean }): void;
  /** Connections that come get through again. */
  speak(): void;
  /** Keeps answers back until they are let go. */
  hold(): { readonly letGo: () => void };
  /** Cuts the next connection that commits: before its request is there, or when it was done and before the answer is; or not. */
  readonly cutNext: (before: "request" | "answer" | undefined) => void;
  /** Cuts all connections, and refuses new ones until it is repaired. */
  cut(): void;
  repair(): void;
  /** Resolves when another connection comes. */
  readonly connected: () => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Lane {
  readonly near: Socket;
  readonly far: Socket;
  silence: "none" | "answers" | "all";
}

/** What the server says of a transaction that is done. */
const COMMITTED = Buffer.from("COMMIT\0");
const BEGUN = Buffer.from("BEGIN\0");

interface State {
  connections: number;
  /** Of connections that come. */
  silence: Lane["silence"];
  cutBefore: "request" | "answer" | undefined;
  isCut: boolean;
  /** Answers that are kept back. */
  held: (() => void)[] | undefined;
  arrived: PromiseWithResolvers<void>;
  readonly lanes: Set<Lane>;
}

/** Opens a way to a cluster's socket, on a port of its own. */
export async function openWay(url: string): Promise<Way> {
  const address = new URL(url);
  const socketPath = `${address.searchParams.get("host")}/.s.PGSQL.${address.port}`;
  const state: State = {
    connections: 0,
    silence: "none",
    cutBefore: undefined,
    isCut: false,
    held: undefined,
    arrived: Promise.withResolvers(),
    lanes: new Set(),
  };
  const server = createServer((near) => {
    if (state.isCut) near.resetAndDestroy();
    else open(state, { near, far: connect(socketPath), silence: state.silence });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...faultsOf(state),
    url: `postgres://${address.username}@127.0.0.1:${port}${address.pathname}?sslmode=disable`,
    get connections() {
      return state.connections;
    },
    connected: () => state.arrived.promise,
    close: async () => {
      for (const lane of state.lanes) cutLane(lane);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function open(state: State, lane: Lane): void {
  const { near, far } = lane;
  state.lanes.add(lane);
  state.connections += 1;
  state.arrived.resolve();
  state.arrived = Promise.withResolvers();
  near.on("data", (data: Buffer) => {
    if (strikes(state, "request", data)) cutLane(lane);
    else if (lane.silence !== "all") far.write(data);
  });
  far.on("data", (data: Buffer) => {
    const deliver = () => void (lane.silence === "none" && near.write(data));
    if (strikes(state, "answer", data)) cutLane(lane);
    else if (state.held === undefined) deliver();
    else state.held.push(deliver);
  });
  const gone = () => {
    state.lanes.delete(lane);
    near.destroy();
    far.destroy();
  };
  for (const socket of [near, far]) socket.on("close", gone).on("error", () => undefined); // The other end is gone.
}

function cutLane({ near, far }: Lane): void {
  near.resetAndDestroy();
  far.destroy();
}

/** Whether the fault that is planned strikes here. */
function strikes(state: State, before: "request" | "answer", data: Buffer): boolean {
  if (state.cutBefore !== before || !data.includes(before === "request" ? BEGUN : COMMITTED)) return false;
  state.cutBefore = undefined;
  return true;
}

function faultsOf(state: State): Omit<Way, "url" | "connections" | "connected" | "close"> {
  return {
    fallSilent: ({ only, newOnes = false } = {}) => {
      for (const lane of state.lanes) lane.silence = only ?? "all";
      if (newOnes) state.silence = only ?? "all";
    },
    speak: () => (state.silence = "none"),
    hold: () => {
      const held = (state.held ??= []);
      return {
        letGo: () => {
          state.held = undefined;
          for (const deliver of held) deliver();
        },
      };
    },
    cutNext: (before) => (state.cutBefore = before),
    cut: () => {
      state.isCut = true;
      for (const lane of state.lanes) cutLane(lane);
    },
    repair: () => (state.isCut = false),
  };
}
