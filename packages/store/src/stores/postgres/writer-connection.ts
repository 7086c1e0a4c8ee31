import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { StoreError } from "../../errors.ts";
import type { Migration } from "../../sql/migrations.ts";
import { refuseUnfinished, UNFINISHED_SQL } from "../../transfer/unfinished.ts";
import type { Backend, Connected, Driver, SessionSettings } from "./driver.ts";
import { migrate } from "./migrations.ts";
import { type Drift, readDrift } from "./partitions/drift.ts";
import { type PartitionOptions, preparePartitions } from "./partitions/make-partitions.ts";
import { toStoreError } from "./postgres-errors.ts";
import { removeLogs } from "./remove-logs.ts";
import { type LockRequest, releaseLock, takeLock } from "./schema-lock.ts";
import { farewell, watchdogOf, watchQueries } from "./watched-connection.ts";
import type { Watchdog } from "./watchdog.ts";
import type { BoundStatement, Step } from "./write-set.ts";

/** The connection that commits: it holds the lock of the schema and an epoch, without which nothing is written. */
export interface WriterConnection {
  readonly epoch: number;
  /** The number of the last transaction that was committed, by whoever wrote it. */
  readonly commits: number;
  /** The last number given to a log line, a metric or a message. */
  readonly sequence: number;
  /** How far executions are from the times in their ids, as far as it was committed. */
  readonly drift: Drift;
  /** Whether it can still be asked. */
  readonly isAlive: boolean;
  /** One transaction, told in one go; rejects when it was not committed, or when nobody knows. */
  commit(steps: readonly Step[], commit: { readonly number: number; readonly sequence: number }): Promise<void>;
  /** Lets go of the lock for whoever waits for it: nothing is committed after it. */
  release(): Promise<void>;
  close(): Promise<void>;
}

export interface WriterOptions extends LockRequest {
  readonly driver: Driver;
  readonly migrations: readonly Migration[];
  /** How long the network may be silent before a connection counts as lost, in milliseconds. */
  readonly silenceMsMax: number;
  /** How long units wait for a lost connection before those who sent them are told, in milliseconds; five seconds by default. */
  readonly patienceMs?: (() => number) | undefined;
  /** Whether a database will do that holds only a part of what is moved into it. */
  readonly takesPart?: boolean;
  readonly partitions: PartitionOptions;
}

/** What this process knows of its last connection. */
export interface Predecessor {
  readonly epoch: number;
  readonly backend: Backend;
}

/** The one writer that there is; others come with the shards of several processes. */
const LANE = 0;

/** How long letting go of the lock may take, in milliseconds. */
const RELEASE_MS_MAX = 2_000;

/**
 * Plans are made once for each statement, and through the indexes: a plan that was made while the tables were empty would walk
 * over them for as long as the connection lasts.
 */
export const WRITER_SESSION: SessionSettings = {
  synchronous_commit: "on",
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
};

/**
 * Opens the database for writing. After a loss, `predecessor` is the connection that was lost: it is ended if the server still
 * has it, and nobody else may have written since.
 */
export async function openWriter(
  options: WriterOptions,
  predecessor?: Predecessor,
): Promise<WriterConnection & { readonly backend: Backend }> {
  const { driver, schema, label, silenceMsMax } = options;
  // A stop ends the waiting for the server or for the lock; coming back is ended by whoever waits for it.
  const signal = predecessor === undefined ? options.stopped : undefined;
  const connected = await driver.connect({ ...WRITER_SESSION, search_path: schema }, { pipeline: true, signal });
  const { client, destroy } = connected;
  const watchdog = watchdogOf(driver, connected, silenceMsMax);
  const unwatch = watchQueries(client, watchdog);
  signal?.addEventListener("abort", destroy);
  try {
    const row = await takeOver(client, options, predecessor);
    return connectionOf(connected, watchdog, row, options);
  } catch (error) {
    await farewell(client);
    throw toStoreError(error, label);
  } finally {
    unwatch();
    signal?.removeEventListener("abort", destroy);
  }
}

/** The lock, the tables and an epoch. */
async function takeOver(
  client: Client,
  options: WriterOptions,
  predecessor: Predecessor | undefined,
): Promise<WriterRow & { readonly drift: Drift }> {
  const { schema, migrations, label, standby, takesPart = false } = options;
  if (predecessor !== undefined) await returnAfter(client, predecessor);
  // One that led before comes back at once, or not at all.
  await takeLock(client, predecessor === undefined ? options : { schema, label });
  if (predecessor === undefined) {
    await migrate(client, schema, migrations);
    if (!takesPart) refuseUnfinished((await client.query(UNFINISHED_SQL)).rows[0]);
  }
  const row = { ...(await takeEpoch(client, predecessor, standby?.member)), drift: await readDrift(client) };
  if (predecessor === undefined) await preparePartitions(client, options.partitions);
  return row;
}

/** Ends what the server still has of the connection that was lost. Throws `store-locked` where somebody else has come meanwhile. */
async function returnAfter(client: Client, { epoch, backend: { pid, startedAt } }: Predecessor): Promise<void> {
  const { rows } = await client.query<{ epoch: number }>("SELECT epoch FROM writers WHERE lane = $1", [LANE]);
  if (rows[0]?.epoch !== epoch) throw takenOver();
  const sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2";
  await client.query(sql, [pid, startedAt]);
}

interface WriterRow {
  readonly epoch: number;
  readonly commits: number;
  readonly sequence: number;
}

async function takeEpoch(
  client: Client,
  predecessor: Predecessor | undefined,
  member: string | undefined,
): Promise<WriterRow> {
  const sql = `UPDATE writers SET epoch = epoch + 1, holder = $3 WHERE lane = $1 AND epoch = coalesce($2, epoch)
    RETURNING epoch, commits, sequence`;
  const { rows } = await client.query<WriterRow>(sql, [LANE, predecessor?.epoch ?? null, member ?? null]);
  if (rows[0] !== undefined) return rows[0];
  throw takenOver();
}

function takenOver(): StoreError {
  return new StoreError("store-locked", "another process took the database over while the connection was lost");
}

function connectionOf(
  { client, backend }: Connected,
  watchdog: Watchdog,
  row: WriterRow & { readonly drift: Drift },
  options: WriterOptions,
): WriterConnection & { readonly backend: Backend } {
  let isAlive = true;
  client.once("end", () => (isAlive = false));
  client.once("error", () => (isAlive = false));
  return {
    ...row,
    backend,
    get isAlive() {
      return isAlive;
    },
    commit: async (steps, { number, sequence }) => {
      watchdog.begin();
      try {
        await commitSteps(client, steps, [LANE, row.epoch, number, sequence]);
      } catch (error) {
        throw toStoreError(error, options.label);
      } finally {
        watchdog.end();
      }
    },
    // One that fell silent never answers.
    release: () =>
      Promise.race([letGo(client, options.schema, row.epoch), delay(RELEASE_MS_MAX, undefined, { ref: false })]),
    close: () => farewell(client),
  };
}

async function letGo(client: Client, schema: string, epoch: number): Promise<void> {
  await client.query("UPDATE writers SET holder = NULL WHERE lane = $1 AND epoch = $2", [LANE, epoch]);
  await releaseLock(client, schema);
}

const BEGIN_COMMIT = { name: "begin_commit", text: "SELECT begin_commit($1, $2, $3, $4)" };

/** All statements leave at once; the server runs them one after the other, and after an error none of them. */
async function commitSteps(client: Client, steps: readonly Step[], commit: readonly number[]): Promise<void> {
  let sent: Promise<unknown>[] = [client.query("BEGIN"), client.query({ ...BEGIN_COMMIT, values: [...commit] })];
  try {
    for (const step of steps) {
      if (step.type === "statements") {
        sent.push(...step.statements.flatMap((statement) => sendStatement(client, statement)));
      } else {
        sent.push(client.query(PLAN_EACH_TIME));
        await allOf(sent);
        await removeLogs(client, step.filter);
        sent = [client.query(PLAN_ONCE)];
      }
    }
    sent.push(client.query("COMMIT"));
    await allOf(sent);
  } catch (error) {
    // After an error COMMIT rolls back, if it was sent; otherwise, this does.
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

function sendStatement(client: Client, { name, text, values, plannedEachTime }: BoundStatement): Promise<unknown>[] {
  const run = () => client.query({ name, text, values: [...values] });
  if (!plannedEachTime) return [run()];
  return [client.query(PLAN_EACH_TIME), run(), client.query(PLAN_ONCE)];
}

/** One plan for all values would open every partition, each time. */
const PLAN_EACH_TIME = "SET LOCAL plan_cache_mode = force_custom_plan";
const PLAN_ONCE = `SET LOCAL plan_cache_mode = ${WRITER_SESSION["plan_cache_mode"]}`;

/** Waits for all, and throws the first error in their order: those after it only say that the transaction is aborted. */
async function allOf(promises: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(promises)) if (outcome.status === "rejected") throw outcome.reason;
}
