import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { chown, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";

/** A PostgreSQL server of one's own, in a temporary folder. */
export interface PostgresCluster {
  /** The address of its database. */
  readonly url: string;
  /** Ends it as a power cut would: nobody is told, nothing is tidied up. */
  crash(): Promise<void>;
  /** Tells it to end, as an upgrade would: it ends all connections, and writes what it has. */
  stop(): Promise<void>;
  /** Starts it again after it ended; resolves when it takes connections. */
  start(): Promise<void>;
  /** Whether its process is there. It may end by itself. */
  isRunning(): boolean;
  /** Runs SQL on a connection of its own, which looks into the schema that stores have by default. */
  query<Row extends object>(sql: string): Promise<readonly Row[]>;
  /** Ends it and removes its folder. */
  dispose(): Promise<void>;
}

export interface ClusterOptions {
  /** Where it listens on 127.0.0.1 as well; on its socket alone by default. */
  readonly port?: number;
  /** Settings of the server, besides those that it needs. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Files for the folder of its data: names and texts. Nobody else may read them. */
  readonly files?: Readonly<Record<string, string>>;
  /** A folder with the data of a server, such as a restored backup, to run a copy of; otherwise the data is made new. */
  readonly from?: string;
  /** Variables of the server, besides those that it needs. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether what was committed survives a power cut of the machine; costs time. */
  readonly durable?: boolean;
  /** Empty folders for what it keeps, such as disks of their own; within its own by default. The log takes little room there. */
  readonly places?: { readonly tables?: string; readonly wal?: string };
}

/** Waits until nobody holds its input any more, whoever is told to end. Its argument is the folder. */
const GUARD =
  'trap "" TERM INT HUP; cat >/dev/null; kill -QUIT "$(head -n 1 "$0/data/postmaster.pid")"; sleep 1; rm -rf "$0"';

/** With rules of a language for the order of texts, which no query of ours may follow. */
const INIT_WORDS =
  "-U capstan -A trust --no-sync --encoding=UTF8 --locale=C --locale-provider=icu --icu-locale=en-US".split(" ");

const run = promisify(execFile);
const SEARCH = "-c search_path=capstan,public";
const LOOK_MS = 25;
const START_MS_MAX = 60_000;

/** Makes and starts a server; throws an error that says what to install where there is none. */
export async function startPostgresCluster(wanted: ClusterOptions = {}): Promise<PostgresCluster> {
  const programs = programFolder();
  const { port = 5432 } = wanted;
  const account = serverAccount();
  const folder = await mkdtemp(join(tmpdir(), "capstan-pg-"));
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  const data = join(folder, "data");
  const env = { PATH: `${programs}:${process.env["PATH"] ?? ""}`, TZ: "UTC", LC_ALL: "C" };
  const options = { ...account, cwd: folder, env };
  if (wanted.from !== undefined) await copyData(wanted.from, data, account);
  else {
    const apart = await prepare(wanted.places ?? {}, data, account);
    await run(join(programs, "initdb"), ["-D", data, ...INIT_WORDS, ...apart], options);
  }
  let server: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server === undefined) return;
    const gone = isRunning(server) ? once(server, "exit") : undefined;
    server.kill(signal);
    await gone;
    server = undefined;
  };
  // Ends with this process, however that ends, and takes the server with it.
  const guard = spawn("sh", ["-c", GUARD, folder], { ...options, env: { PATH: process.env["PATH"] } });
  await writeFiles(data, wanted.files ?? {}, account);
  const settings = Object.entries({
    listen_addresses: wanted.port === undefined ? "" : "127.0.0.1",
    port: String(port),
    unix_socket_directories: folder,
    max_connections: "40",
    ...(wanted.places?.wal !== undefined && { min_wal_size: "2MB", max_wal_size: "8MB", wal_recycle: "off" }),
    ...(wanted.durable !== true && { fsync: "off", full_page_writes: "off" }),
    ...wanted.settings,
  });
  const cluster: PostgresCluster = {
    url: `postgres://capstan@localhost:${port}/postgres?host=${encodeURIComponent(folder)}`,
    crash: () => end("SIGQUIT"),
    stop: () => end("SIGINT"),
    isRunning: () => server !== undefined && isRunning(server),
    start: async () => {
      const words = settings.flatMap(([name, value]) => ["-c", `${name}=${value}`]);
      const own = { ...options, env: { ...env, ...wanted.environment } };
      server = spawn(join(programs, "postgres"), ["-D", data, ...words], { ...own, stdio: "ignore" });
      await untilReady(cluster, server);
    },
    query: async <Row extends object>(sql: string) => {
      const client = new pg.Client({ host: folder, port, user: "capstan", database: "postgres", options: SEARCH });
      client.on("error", () => undefined); // Whoever waits for the answer is told.
      try {
        await client.connect();
        return (await client.query<Row>(sql)).rows;
      } finally {
        void client.end().catch(() => undefined);
      }
    },
    dispose: async () => {
      await end("SIGINT");
      guard.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await cluster.start();
    return cluster;
  } catch (error) {
    await cluster.dispose();
    throw error;
  }
}

/** Makes the data lie where it is wanted; answers what `initdb` is told. */
async function prepare(
  { tables, wal }: NonNullable<ClusterOptions["places"]>,
  data: string,
  account: ReturnType<typeof serverAccount>,
): Promise<readonly string[]> {
  for (const place of [tables, wal]) {
    if (place === undefined) continue;
    await mkdir(place, { recursive: true });
    if (account !== undefined) await chown(place, account.uid, account.gid);
  }
  if (tables !== undefined) await symlink(tables, data);
  return wal === undefined ? [] : [`--waldir=${wal}`, "--wal-segsize=1"];
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

async function copyData(from: string, data: string, account: ReturnType<typeof serverAccount>): Promise<void> {
  await run("cp", ["-a", from, data]);
  if (account !== undefined) await run("chown", ["-R", `${account.uid}:${account.gid}`, data]);
}

async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
  account: ReturnType<typeof serverAccount>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    if (account !== undefined) await chown(join(folder, name), account.uid, account.gid);
  }
}

async function untilReady(cluster: PostgresCluster, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_MS_MAX;
  for (;;) {
    try {
      await cluster.query("SELECT 1");
      return;
    } catch (error) {
      if (!isRunning(server) || Date.now() > deadline)
        throw new Error("the PostgreSQL server for tests does not start", { cause: error });
      await delay(LOOK_MS);
    }
  }
}

/** Where distributions put the programs of each version. */
const VERSION_FOLDERS = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];

/** The folder of `initdb` and its kin: that of the variable CAPSTAN_POSTGRES_BIN, of the path, or of the newest version there is. */
function programFolder(): string {
  const { CAPSTAN_POSTGRES_BIN: given, PATH = "" } = process.env;
  const versions = VERSION_FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder)
      .toSorted(
        (one, other) =>
          Number.parseFloat(/\d+/.exec(other)?.[0] ?? "0") - Number.parseFloat(/\d+/.exec(one)?.[0] ?? "0"),
      )
      .map((version) => join(folder, version, "bin")),
  );
  const folders = given === undefined ? [...PATH.split(":"), ...versions] : [given];
  const found = folders.find((folder) => existsSync(join(folder, "initdb")));
  if (found !== undefined) return found;
  throw new Error(
    "no PostgreSQL is found, which these tests need: install it (apt-get install postgresql, brew install postgresql), or name the folder of initdb in CAPSTAN_POSTGRES_BIN",
  );
}

/** PostgreSQL does not run for the superuser, who becomes another one. */
function serverAccount(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const name = ["postgres", "nobody"].find((user) => idOf(user, "-u") !== undefined);
  if (name === undefined)
    throw new Error("there is no user postgres or nobody that the PostgreSQL for tests could run as");
  return { uid: idOf(name, "-u")!, gid: idOf(name, "-g")! };
}

function idOf(user: string, option: "-u" | "-g"): number | undefined {
  try {
    return Number(execFileSync("id", [option, user], { stdio: ["ignore", "pipe", "ignore"] }));
  } catch {
    return undefined; // There is no such user.
  }
}
