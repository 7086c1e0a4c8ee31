import { randomBytes } from "node:crypto";
import { chmod, cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type ClusterOptions, type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { CALLERS, callingOf } from "./calling.ts";
import { ask, callWebhook, executionsOf } from "./executions.ts";
import { hookFlow } from "./hook-flow.ts";
import { type Letter, letterFile, letterFlow, resumeLetter, writeLetter } from "./letters.ts";
import { endedExecutions, everySecond, firedDates, playedTwice, unsuccessful } from "./outcomes.ts";
import { blocksOf, placed, type Places, runCommands } from "./page-commands.ts";
import { type ServerProcess, startServer, temporaryFolder, until, writeFlows } from "./server-process.ts";
import { tickFlow } from "./tick-flow.ts";

const PAGE = "guides/operate/backup.md";
const NAMESPACE = "e2e";
const HOOK = `${NAMESPACE}/hook/the-key`;
const TIMEOUT_MS = 300_000;
const FLOWS = { hook: hookFlow(NAMESPACE), tick: tickFlow(NAMESPACE), letter: letterFlow(NAMESPACE) };

/** Something that is backed up while it works, destroyed, and restored elsewhere. */
interface Installation {
  start(): Promise<ServerProcess>;
  /** What is acknowledged before it is called is in the backup; what is asked after it has resolved is not. */
  backUp(): Promise<void>;
  /** The files of the backup. */
  readonly storage: string;
  /** Once the server is killed. */
  destroy(): Promise<void>;
  /** Starts a server on what was restored. */
  restore(): Promise<ServerProcess>;
}

async function drill(installation: Installation): Promise<void> {
  const server = await installation.start();
  const letters = [1, 2, 3].map(() => writeLetter(server.url, NAMESPACE));
  const [read, living, bereft] = (await Promise.all(letters)) as [Letter, Letter, Letter];
  expect(await resumeLetter(server.url, read)).toEqual(["SUCCESS", `dear ${read.id}, true`]);
  const calling = callingOf(server.url, HOOK);
  await calling.more(40);
  const before = [...calling.taken];
  await installation.backUp();
  const acknowledged = calling.taken.length;
  await calling.more(40);
  await server.kill();
  const { taken } = await calling.stop();
  // Each caller may have had a call under way when the backup was done.
  const after = taken.slice(acknowledged + CALLERS);
  await installation.destroy();
  await rm(join(installation.storage, "main", new URL(bereft.uri).pathname));

  const { url, ...restored } = await installation.restore();
  const kept = await executionsOf(url, NAMESPACE, "hook");
  const ended = await endedExecutions(url, [...new Set([...before, ...kept.map(({ id }) => id)])]);
  expect(unsuccessful(ended)).toEqual([]);
  expect(ended.flatMap(playedTwice)).toEqual([]);
  const answers = await Promise.all(after.map((id) => ask(`${url}/executions/${id}`)));
  expect(answers.map(({ status }) => status)).toEqual(after.map(() => 404));

  expect(await (await letterFile(url, read)).text()).toBe(`dear ${read.id}`);
  expect(await resumeLetter(url, living)).toEqual(["SUCCESS", `dear ${living.id}, true`]);
  const missing = await letterFile(url, bereft);
  expect([missing.status, await missing.text()]).toEqual([404, expect.stringContaining("There is no such file")]);
  expect(await resumeLetter(url, bereft)).toEqual(["FAILED", undefined]);
  expect(await (await ask(`${url}/logs/${bereft.id}`)).text()).toContain(`${bereft.uri} does not exist`);

  const later = await callWebhook(url, HOOK);
  expect(unsuccessful(await endedExecutions(url, [later!.id]))).toEqual([]);
  await expectEverySecond(url);
  expect(restored.log()).toBe("");
  await restored.stop();
}

/** From the first date to one that has come since the call, each second has its schedule. */
async function expectEverySecond(api: string): Promise<void> {
  const now = Date.now();
  const dates = await until("schedules fire on", async () => {
    const found = firedDates(await executionsOf(api, NAMESPACE, "tick"));
    return found.at(-1)! > now ? found : undefined;
  });
  expect(dates).toEqual(everySecond(dates));
}

/** The folders of one test. */
async function setup() {
  const folder = await temporaryFolder();
  // The server of PostgreSQL may be another user.
  await chmod(folder, 0o755);
  const flows = await writeFlows(join(folder, "flows"), FLOWS);
  const environment = { CAPSTAN_ENCRYPTION_SECRET_KEY: randomBytes(32).toString("base64") };
  const backup = join(folder, "backup");
  const [data, elsewhere] = [join(folder, "data"), join(folder, "elsewhere")];
  const start = (place: string, database?: string) =>
    startServer({ data: place, flows, folder, environment, ...(database !== undefined && { database }) });
  /** What stands for the places of the page, for a data folder and the address of a database. */
  const places = (place: string, database = ""): Places => ({
    "/var/lib/capstan": place,
    "/var/lib/postgresql": folder,
    "/backup": backup,
    "/archive": join(folder, "archive"),
    "/tmp/drill": join(folder, "drill"),
    "postgres://capstan@db.example.org/capstan": database,
    "postgres://capstan@db.example.org/postgres": database.replace("/capstan?", "/postgres?"),
  });
  return { folder, data, elsewhere, start, places, storage: join(backup, "storage") };
}

async function cluster(options: ClusterOptions = {}): Promise<PostgresCluster> {
  const started = await startPostgresCluster({ durable: true, ...options });
  onTestFinished(() => started.dispose());
  return started;
}

test("SQLite is backed up while it works, and restored elsewhere", { timeout: TIMEOUT_MS }, async () => {
  const { data, elsewhere, start, places, storage } = await setup();
  const [copy, , restore] = await blocksOf(PAGE, "On SQLite");
  const [check] = await blocksOf(PAGE, "Drill it");
  await drill({
    storage,
    start: () => start(data),
    backUp: () => runCommands(copy!, places(data)),
    destroy: async () => {
      await rm(data, { recursive: true });
      await runCommands(check!, places(data));
    },
    restore: async () => {
      await runCommands(restore!, places(elsewhere));
      return start(elsewhere);
    },
  });
});

test("PostgreSQL is dumped while it works, and restored elsewhere", { timeout: TIMEOUT_MS }, async () => {
  const { data, elsewhere, start, places, storage } = await setup();
  const [dump, restore] = await blocksOf(PAGE, "On PostgreSQL: a dump");
  const old = await cluster();
  await old.query("CREATE DATABASE capstan");
  const address = databaseOf(old);
  await drill({
    storage,
    start: () => start(data, address),
    backUp: () => runCommands(dump!, places(data, address)),
    destroy: async () => {
      await old.dispose();
      await rm(data, { recursive: true });
    },
    restore: async () => {
      const other = databaseOf(await cluster());
      await runCommands(restore!, places(elsewhere, other));
      return start(elsewhere, other);
    },
  });
});

test("PostgreSQL goes back to a moment between two others", { timeout: TIMEOUT_MS }, async () => {
  const { folder, data, elsewhere, start, places, storage } = await setup();
  const heading = "On PostgreSQL: to any moment";
  const [copy, restore] = await blocksOf(PAGE, heading);
  const [settings] = await blocksOf(PAGE, heading, "ini");
  await mkdir(join(folder, "archive"));
  await chmod(join(folder, "archive"), 0o777);
  const old = await cluster({ settings: settingsOf(placed(settings!, places(data))) });
  await old.query("CREATE DATABASE capstan");
  const address = databaseOf(old);
  let moment = "";
  await drill({
    storage,
    start: () => start(data, address),
    backUp: async () => {
      await runCommands(copy!, places(data, address));
      const [row] = await old.query<{ now: string }>("SELECT clock_timestamp()::text AS now");
      moment = row!.now;
      await cp(join(data, "storage"), storage, { recursive: true });
    },
    destroy: async () => {
      await archived(old);
      await old.dispose();
      await rm(data, { recursive: true });
    },
    restore: async () => {
      await runCommands(restore!, { ...places(elsewhere), "2026-11-27 10:00:00+00": moment });
      await cp(storage, join(elsewhere, "storage"), { recursive: true });
      const other = await cluster({ from: join(folder, "restored") });
      await until("the moment is reached", async () => {
        const [row] = await other.query<{ recovers: boolean }>("SELECT pg_is_in_recovery() AS recovers");
        return row!.recovers ? undefined : true;
      });
      return start(elsewhere, databaseOf(other));
    },
  });
});

function databaseOf({ url }: PostgresCluster): string {
  return url.replace("/postgres?", "/capstan?");
}

/** What a configuration file of PostgreSQL says. */
function settingsOf(text: string): Readonly<Record<string, string>> {
  const lines = text.trim().split("\n");
  return Object.fromEntries(lines.map((line) => /^(\w+) = '?(.*?)'?$/.exec(line)!.slice(1)));
}

/** Resolves when all that was written is in the archive. */
async function archived(old: PostgresCluster): Promise<void> {
  const [row] = await old.query<{ file: string }>("SELECT pg_walfile_name(pg_switch_wal()) AS file");
  await until("the log is archived", async () => {
    const [last] = await old.query<{ file: string | null }>("SELECT last_archived_wal AS file FROM pg_stat_archiver");
    return (last!.file ?? "") >= row!.file ? true : undefined;
  });
}
