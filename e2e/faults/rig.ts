/**
 * A database, some servers on it, each with a line of its own, and callers who never rest. A server that ends is started again, as
 * a supervisor would.
 */
import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";
import { onTestFinished } from "vitest";
import { ask } from "../executions.ts";
import { type ServerProcess, startServer, temporaryFolder, until, writeFlows } from "../server-process.ts";
import { CALLED, flowsOf, NAMESPACE } from "./flows.ts";
import { type Line, openLine } from "./line.ts";

/** A server that is started again whenever it ends. */
export interface Seat {
  readonly line: Line;
  /** What runs there at the moment; undefined while it is started. */
  server(): ServerProcess | undefined;
}

export interface Rig {
  readonly cluster: PostgresCluster;
  readonly seats: readonly Seat[];
  /** Where commands leave their marks. */
  readonly marks: string;
  /** Ids of executions that were acknowledged, one for each call. */
  readonly taken: readonly string[];
  /** The seat of the server that leads, or of one that stands by. Waits until there is one. */
  seatOf(state: "LEADING" | "STANDBY"): Promise<Seat & { readonly process: ServerProcess }>;
  /** Resolves when all servers are there, one of them leads, and calls are acknowledged again. */
  recovered(): Promise<void>;
  /** Ends the callers. */
  quiet(): Promise<void>;
  /** The API of a server that answers. */
  api(): Promise<string>;
  /** Tells all servers to end. */
  stop(): Promise<void>;
}

export interface RigOptions {
  readonly servers: number;
  /** How long a leader may be silent, as an ISO-8601 duration. */
  readonly lease: string;
}

const CALLERS = 6;
/** Calls that show that work is taken. */
const CALLS_TO_RECOVER = 12;

interface Member {
  readonly name: string;
  readonly state: string;
}

export async function startRig({ servers, lease }: RigOptions): Promise<Rig> {
  const cluster = await startPostgresCluster({ durable: true });
  onTestFinished(() => cluster.dispose());
  const folder = await temporaryFolder();
  const marks = join(folder, "marks");
  await mkdir(marks);
  const flows = await writeFlows(join(folder, "flows"), flowsOf(marks));
  const environment = { CAPSTAN_CLUSTER_LEASE: lease, CAPSTAN_LOGGING_LEVEL: "error" };
  const socket = `${new URL(cluster.url).searchParams.get("host")}/.s.PGSQL.5432`;
  const life = { isOver: false };
  const seats: Seat[] = [];
  for (let number = 0; number < servers; number += 1) {
    const line = await openLine(socket);
    const database = `postgres://capstan@127.0.0.1:${line.port}/postgres?sslmode=disable`;
    const start = () => startServer({ data: join(folder, "data"), flows, folder, database, environment });
    seats.push({ line, server: await supervise(start, life) });
  }
  const callers = startCallers(seats);
  const api = () => until("a server answers", () => answering(seats));
  return {
    cluster,
    seats,
    marks,
    taken: callers.taken,
    api,
    seatOf: (state) => until(`a server is ${state}`, () => seatOf(seats, state)),
    recovered: async () => {
      await until("all servers are there, and one leads", async () => {
        const members = await membersOf(seats);
        const states = members.map((member) => member.state).filter((state) => state !== "LOST");
        const isWhole = states.length === servers && seats.every((seat) => seat.server() !== undefined);
        return isWhole && states[0] === "LEADING" && states.slice(1).every((state) => state === "STANDBY")
          ? true
          : undefined;
      });
      const enough = callers.taken.length + CALLS_TO_RECOVER;
      await until("calls are acknowledged", () => (callers.taken.length >= enough ? true : undefined));
    },
    quiet: callers.stop,
    stop: async () => {
      life.isOver = true;
      await Promise.all(seats.map(async (seat) => seat.server()?.stop()));
    },
  };
}

/** Keeps a server running; resolves once the first one takes work. */
async function supervise(
  start: () => Promise<ServerProcess>,
  life: { readonly isOver: boolean },
): Promise<Seat["server"]> {
  let current: ServerProcess | undefined = await start();
  const watch = async () => {
    while (!life.isOver) {
      await current!.gone;
      current = undefined;
      while (!life.isOver && current === undefined) current = await start().catch(() => undefined); // It is tried again.
    }
  };
  void watch();
  return () => current;
}

async function membersOf(seats: readonly Seat[]): Promise<readonly Member[]> {
  for (const seat of seats) {
    const url = seat.server()?.url.replace("/main", "/cluster/members");
    const response = url === undefined ? undefined : await ask(url).catch(() => undefined);
    if (response?.ok === true) return (await response.json()) as readonly Member[];
  }
  return [];
}

async function answering(seats: readonly Seat[]): Promise<string | undefined> {
  for (const seat of seats) {
    const url = seat.server()?.url;
    const response = url === undefined ? undefined : await ask(`${url}/flows/search`).catch(() => undefined);
    if (response?.ok === true) return url;
  }
  return undefined;
}

async function seatOf(seats: readonly Seat[], state: string) {
  const member = (await membersOf(seats)).find((one) => one.state === state);
  const found = seats.find((seat) => member?.name.endsWith(`:${seat.server()?.pid}`) === true);
  const process = found?.server();
  return found === undefined || process === undefined ? undefined : { ...found, process };
}

/**
 * Callers as behind a load balancer: each call goes to the next server, and after a failure to another one, with the same key, until it is
 * acknowledged.
 */
function startCallers(seats: readonly Seat[]) {
  const taken: string[] = [];
  const life = { isOver: false };
  const caller = async (number: number) => {
    for (let turn = number; !life.isOver; turn += 1) taken.push(await callUntilTaken(seats, turn));
  };
  const callers = Array.from({ length: CALLERS }, (_, number) => caller(number));
  return {
    taken,
    stop: async () => {
      life.isOver = true;
      await Promise.all(callers);
    },
  };
}

/** Answers the id of the execution that the call started, whichever try it was. */
async function callUntilTaken(seats: readonly Seat[], turn: number): Promise<string> {
  const flow = CALLED[turn % CALLED.length]!;
  const request = { method: "POST", headers: { "idempotency-key": randomUUID() } };
  for (let attempt = turn; ; attempt += 1) {
    const url = seats[attempt % seats.length]!.server()?.url;
    const call = `${url}/executions/webhook/${NAMESPACE}/${flow}/${flow}`;
    const response = url === undefined ? undefined : await ask(call, request).catch(() => undefined);
    if (response?.ok === true) return ((await response.json()) as { readonly id: string }).id;
    await delay(PAUSE_MS);
  }
}

/** How long a caller rests after a failure, in milliseconds. */
const PAUSE_MS = 50;
