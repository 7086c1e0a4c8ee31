/**
 * A database, two servers on it, workers elsewhere, each process with a line of its own, and callers. A process that ends is started
 * again, as a supervisor would.
 */
import { chmod, mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";
import { onTestFinished } from "vitest";
import { ask } from "../executions.ts";
import {
  type CapstanProcess,
  type ServerProcess,
  startCapstan,
  startServer,
  temporaryFolder,
  until,
  writeFlows,
} from "../server-process.ts";
import { mountSmallDisk, type SmallDisk } from "../small-disk.ts";
import { type Callers, startCallers } from "./callers.ts";
import { flowsOf, GROUP } from "./flows.ts";
import { openLine } from "./line.ts";
import { openSeat, type Seat } from "./seats.ts";

export interface Rig {
  readonly cluster: PostgresCluster;
  readonly servers: readonly Seat<ServerProcess>[];
  readonly workers: readonly Seat<CapstanProcess>[];
  readonly callers: Callers;
  /** The one that can be full. */
  readonly disk: SmallDisk | undefined;
  /** Where commands leave their marks. */
  readonly marks: string;
  /** The server that leads, or one that stands by. Waits until there is one. */
  serverThat(state: "LEADING" | "STANDBY"): Promise<Seat<ServerProcess> & { readonly process: ServerProcess }>;
  /** Resolves when all processes are there, one server leads, and calls are acknowledged again. */
  recovered(): Promise<void>;
  /** The API of a server that answers. */
  api(): Promise<string>;
  /** Tells the servers to end, once there are no workers. */
  stop(): Promise<void>;
}

export interface RigOptions {
  readonly workers: number;
  /** How long a leader may be silent, as an ISO-8601 duration. */
  readonly lease: string;
  /** How long a worker may be silent, as an ISO-8601 duration. */
  readonly lostAfter: string;
  /** Whether a call that fails is sent again. */
  readonly isRepeated: boolean;
  /** What lies on a disk of its own that can be full: tables, the log of what is written to them, or files of executions. */
  readonly smallDisk: "tables" | "wal" | "files" | undefined;
}

const SERVERS = 2;
const TOKEN = "token-of-the-far-workers";
/** Calls that show that work is taken. */
const CALLS_TO_RECOVER = 12;
/** Room for what each of them holds at the start, and for what the callers add in minutes. */
const MEGABYTES = { tables: 256, wal: 48, files: 96 } as const;

interface Member {
  readonly name: string;
  readonly state: string;
}

/** Undefined where this user may not mount the small disk that is asked for. */
export async function startRig(options: RigOptions): Promise<Rig | undefined> {
  const { smallDisk } = options;
  const folder = await temporaryFolder();
  await chmod(folder, 0o711); // PostgreSQL may run as another user.
  const disk = smallDisk && (await openDisk(join(folder, smallDisk), MEGABYTES[smallDisk]));
  if (smallDisk !== undefined && disk === undefined) return undefined;
  const cluster = await startPostgresCluster({
    durable: true,
    places: {
      ...(smallDisk === "tables" && { tables: disk!.folder, wal: join(folder, "wal") }),
      ...(smallDisk === "wal" && { wal: disk!.folder }),
    },
  });
  onTestFinished(() => cluster.dispose());
  const marks = join(folder, "marks");
  await mkdir(marks);
  const files = smallDisk === "files" ? disk!.folder : join(folder, "files");
  await mkdir(files, { recursive: true });
  const servers = await openServers(cluster, { ...options, folder, files, marks });
  const workers = await openWorkers(servers, folder, options.workers);
  const callers = startCallers({
    choose: (number) => servers[number % servers.length]!.running()?.url,
    isRepeated: options.isRepeated,
  });
  return {
    cluster,
    servers,
    workers,
    callers,
    disk,
    marks,
    api: () => until("a server answers", () => answering(servers)),
    serverThat: (state) => until(`a server is ${state}`, () => serverThat(servers, state)),
    recovered: async () => {
      await until("all servers are there, and one leads", () => isWhole(servers));
      await until("all workers are connected", () => areConnected(servers, workers));
      const enough = callers.taken.length + callers.failed.length + CALLS_TO_RECOVER;
      const isEnough = () => callers.taken.length + callers.failed.length >= enough;
      await until("calls are acknowledged", () => (isEnough() ? true : undefined));
    },
    stop: async () => {
      await Promise.all(workers.map((seat) => seat.leave((worker) => worker.kill())));
      await Promise.all(servers.map((seat) => seat.leave((server) => server.stop())));
    },
  };
}

async function openDisk(folder: string, megabytes: number): Promise<SmallDisk | undefined> {
  await mkdir(folder);
  return mountSmallDisk(folder, megabytes);
}

interface ServerOptions extends Pick<RigOptions, "lease" | "lostAfter"> {
  readonly folder: string;
  /** Of executions, which all servers share. */
  readonly files: string;
  readonly marks: string;
}

async function openServers(cluster: PostgresCluster, { folder, files, marks, lease, lostAfter }: ServerOptions) {
  const flows = await writeFlows(join(folder, "flows"), flowsOf(marks));
  const config = join(folder, "capstan.yaml");
  const tokens = `[{ name: far, token: ${TOKEN}, groups: [${GROUP}] }]`;
  await writeFile(config, `workers: { lostAfter: ${lostAfter}, tokens: ${tokens} }\n`);
  const environment = { CAPSTAN_CLUSTER_LEASE: lease, CAPSTAN_LOGGING_LEVEL: "error" };
  const socket = `${new URL(cluster.url).searchParams.get("host")}/.s.PGSQL.5432`;
  const open = async () => {
    const line = await openLine(socket);
    const database = `postgres://capstan@127.0.0.1:${line.port}/postgres?sslmode=disable`;
    return openSeat(line, async () => {
      // As on a machine of its own.
      const data = await mkdtemp(join(folder, "data-"));
      await symlink(files, join(data, "storage"));
      return startServer({ data, flows, folder, config, database, environment });
    });
  };
  return Promise.all(Array.from({ length: SERVERS }, open));
}

/** Their lines lead to any server that is there, as a balancer's would. */
async function openWorkers(servers: readonly Seat<ServerProcess>[], folder: string, count: number) {
  const environment = { CAPSTAN_WORKER_TOKEN: TOKEN, CAPSTAN_LOGGING_LEVEL: "error" };
  let connections = 0;
  const far = () => {
    const there = servers.flatMap((seat) => seat.running()?.url ?? []);
    return Number(new URL(there[(connections += 1) % there.length] ?? NOWHERE).port);
  };
  const open = async () => {
    const line = await openLine(far);
    const words = ["worker", "--server", `http://127.0.0.1:${line.port}`, "--concurrency", "8"];
    return openSeat(line, async () => startCapstan(words, { folder, environment }));
  };
  return Promise.all(Array.from({ length: count }, open));
}

/** Where nobody listens. */
const NOWHERE = "http://127.0.0.1:1";

/** One that died may still be shown for a while. */
async function isWhole(servers: readonly Seat<ServerProcess>[]): Promise<true | undefined> {
  const members = (await askAny<readonly Member[]>(servers, "members")) ?? [];
  const states = servers.map((seat) => members.find(({ name }) => name.endsWith(`:${seat.running()?.pid}`))?.state);
  const areThere = states.every((state) => state === "LEADING" || state === "STANDBY");
  return areThere && states.filter((state) => state === "LEADING").length === 1 ? true : undefined;
}

/** Each worker that runs, by its process: one that died may still be awaited. */
async function areConnected(
  servers: readonly Seat<ServerProcess>[],
  workers: readonly Seat<CapstanProcess>[],
): Promise<true | undefined> {
  if (workers.length === 0) return true;
  const connected = (await askAny<readonly Member[]>(servers, "workers")) ?? [];
  const isConnected = (pid: number) =>
    connected.some(({ name, state }) => state === "CONNECTED" && name.endsWith(`:${pid}`));
  const pids = workers.map((seat) => seat.running()?.pid);
  return pids.every((pid) => pid !== undefined && isConnected(pid)) ? true : undefined;
}

/** What the first server that answers says of the cluster. */
async function askAny<Answer>(servers: readonly Seat<ServerProcess>[], what: string): Promise<Answer | undefined> {
  for (const seat of servers) {
    const url = seat.running()?.url.replace("/main", `/cluster/${what}`);
    const response = url === undefined ? undefined : await ask(url).catch(() => undefined);
    if (response?.ok === true) return (await response.json()) as Answer;
  }
  return undefined;
}

async function answering(servers: readonly Seat<ServerProcess>[]): Promise<string | undefined> {
  for (const seat of servers) {
    const url = seat.running()?.url;
    const response = url === undefined ? undefined : await ask(`${url}/flows/search`).catch(() => undefined);
    if (response?.ok === true) return url;
  }
  return undefined;
}

async function serverThat(servers: readonly Seat<ServerProcess>[], state: string) {
  const member = (await askAny<readonly Member[]>(servers, "members"))?.find((one) => one.state === state);
  const found = servers.find((seat) => member?.name.endsWith(`:${seat.running()?.pid}`) === true);
  const process = found?.running();
  return found === undefined || process === undefined ? undefined : { ...found, process };
}
