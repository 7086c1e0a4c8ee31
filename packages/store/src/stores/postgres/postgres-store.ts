import { setTimeout as delay } from "node:timers/promises";
import { StoreError } from "../../errors.ts";
import { leastIdAt } from "../../id-times.ts";
import { createOpening } from "../../opening.ts";
import { readMigrations } from "../../sql/migrations.ts";
import type { ExpiryQueries, Store } from "../../store.ts";
import { addressOf, type DatabaseOptions, DEFAULT_SCHEMA, type PostgresAddress, SILENCE_MS_MAX } from "./address.ts";
import { loadDriver } from "./driver.ts";
import { createMaintenance, type Maintenance } from "./partitions/maintenance.ts";
import { fillPartitions, makePartitions } from "./partitions/make-partitions.ts";
import { KEEPER_CLOCK, type KeeperClock, keepPartitions, type PartitionKeeper } from "./partitions/partition-keeper.ts";
import { removeSpan } from "./partitions/remove-span.ts";
import { isUnreachable } from "./postgres-errors.ts";
import * as statistics from "./queries/execution-statistics.ts";
import * as executions from "./queries/executions.ts";
import * as expiry from "./queries/expiry.ts";
import { createFlowBatches } from "./flow-batches.ts";
import * as flows from "./queries/flows.ts";
import * as logs from "./queries/logs.ts";
import * as metrics from "./queries/metrics.ts";
import * as records from "./queries/records.ts";
import * as triggers from "./queries/triggers.ts";
import { createReader, type Reader } from "./reader.ts";
import type { LockRequest, Standby } from "./schema-lock.ts";
import { startWriter, type Writer, type WriterEvents } from "./writer.ts";

export interface PostgresStoreOptions extends DatabaseOptions, WriterEvents {
  /** How many connections may read at the same time; the one that writes comes on top. 4 by default. */
  readonly connectionsMax?: number | undefined;
  /** How long a query may take, in milliseconds; half a minute by default. */
  readonly statementMsMax?: number | undefined;
  /** How long the network may be silent before the connection that writes counts as lost, in milliseconds; ten seconds by default. */
  readonly silenceMsMax?: number | undefined;
  /** Says at a loss how long commits wait for another connection before they are refused, in milliseconds; five seconds by default. */
  readonly patienceMs?: (() => number) | undefined;
  /** How long a start waits for a server that can't be reached, in milliseconds; a minute by default. */
  readonly startMsMax?: number | undefined;
  /** A start waits for as long as another process writes; without it, that is an error. */
  readonly standby?: Standby | undefined;
  /** How many days of executions a partition has from now on; 1 by default. */
  readonly partitionDays?: number | undefined;
  /** The time of day, for partitions. */
  readonly clock?: KeeperClock | undefined;
}

interface Opened {
  readonly writer: Writer;
  readonly reader: Reader;
  readonly keeper: PartitionKeeper;
  readonly maintenance: Maintenance;
}

/**
 * A store in one schema of a PostgreSQL database, for one process at a time. One connection writes, several read. A lost
 * connection is made again by itself: see `writer.ts`. Throws `store-refused` when the address says nothing.
 */
export function createPostgresStore(options: PostgresStoreOptions): Store {
  const address = addressOf(options);
  let stopping = new AbortController();
  const { start, current, take } = createOpening(address.label, () =>
    open(address, options, (stopping = new AbortController()).signal),
  );
  return {
    start,
    stop: async () => {
      const taken = take();
      stopping.abort();
      const opened = await taken;
      opened?.keeper.stop();
      await opened?.maintenance.stop();
      await opened?.writer.stop();
      await opened?.reader.stop();
    },
    commit: async (unit) => current().writer.commit(unit),
    ...storeQueries(async (ask) => ask(current().reader)),
    expiry: expiryQueries(current, (options.clock ?? KEEPER_CLOCK).now),
  };
}

function expiryQueries(current: () => Opened, now: () => number): ExpiryQueries {
  return {
    list: async (tenant, expired, limit, after) =>
      expiry.listExpired(current().reader, tenant, expired, { limit, after }),
    extents: async (keys) => expiry.extentsOf(current().reader, keys),
    logSlice: async (filter, batches) => expiry.logSlice(current().reader, filter, batches),
    spans: async () => expiry.listSpans(current().reader),
    removeSpan: async (span, expired, options) =>
      span.end > leastIdAt(now()) ? undefined : removeSpan(current().maintenance, span, expired, options),
  };
}

const PAUSE_MS_MIN = 100;
const PAUSE_MS_MAX = 2_000;

/** Waits for a server that can't be reached; nothing else is tried twice. */
async function open(address: PostgresAddress, options: PostgresStoreOptions, stopped: AbortSignal): Promise<Opened> {
  const { startMsMax = 60_000 } = options;
  const wait = { isReturning: false, standby: options.standby, stopped };
  // Whoever stands by has time: the one that writes can't reach the database either.
  const onWait = () => {
    wait.isReturning = true;
    options.standby?.onWait?.();
  };
  if (wait.standby !== undefined) wait.standby = { ...wait.standby, onWait };
  const deadline = Date.now() + startMsMax;
  for (let pause = PAUSE_MS_MIN; ; pause = Math.min(2 * pause, PAUSE_MS_MAX)) {
    try {
      return await openOnce(address, options, wait);
    } catch (error) {
      const isPatient = wait.isReturning || Date.now() + pause <= deadline;
      if (!isUnreachable(error) || stopped.aborted || !isPatient) throw error;
      options.onConnection?.({ isUp: false, error: error as StoreError });
      await delay(pause, undefined, { signal: stopped }).catch(() => undefined); // Stopped: the next attempt is the last.
    }
  }
}

type Wait = Pick<LockRequest, "isReturning" | "standby" | "stopped">;

async function openOnce(address: PostgresAddress, options: PostgresStoreOptions, wait: Wait): Promise<Opened> {
  const { schema = DEFAULT_SCHEMA, connectionsMax = 4, statementMsMax = 30_000 } = options;
  const { silenceMsMax = SILENCE_MS_MAX, patienceMs } = options;
  const { partitionDays: days = 1, clock = KEEPER_CLOCK } = options;
  const { label } = address;
  const driver = await loadDriver(address, silenceMsMax);
  const migrations = readMigrations(new URL("./postgres-migrations/", import.meta.url));
  const partitions = { days, now: clock.now };
  const writer = await startWriter(
    { driver, schema, migrations, label, partitions, silenceMsMax, patienceMs, ...wait },
    options,
  );
  const maintenance = createMaintenance(driver, schema, label);
  const keeper = keepPartitions(clock, () =>
    maintenance.run(async (client) => {
      await makePartitions(client, partitions);
      await fillPartitions(client, partitions);
    }),
  );
  const reader = createReader({ driver, schema, label, connectionsMax, statementMsMax });
  return { writer, reader, keeper, maintenance };
}

/** The questions of the contract. */
function storeQueries(
  ask: <Result>(question: (reader: Reader) => Promise<Result>) => Promise<Result>,
): Omit<Store, "start" | "stop" | "commit" | "expiry"> {
  const latestFlow = createFlowBatches(ask);
  return {
    executions: {
      get: (tenant, id) => ask((reader) => executions.getExecution(reader, tenant, id)),
      taskRuns: (tenant, id) => ask((reader) => executions.listTaskRuns(reader, tenant, id)),
      whole: (keys) => ask((reader) => executions.wholeExecutions(reader, keys)),
      search: (filter, page) => ask((reader) => executions.searchExecutions(reader, filter, page)),
      listByState: (states, limit, after) =>
        ask((reader) => executions.listExecutionsByState(reader, states, limit, after)),
      countByFlow: (tenant, namespace, id, states) =>
        ask((reader) => executions.countExecutionsByFlow(reader, { tenant, namespace, id }, states)),
      latest: (tenant, keys) => ask((reader) => executions.latestExecutions(reader, tenant, keys)),
      statistics: (filter, parts, by) => ask((reader) => statistics.executionStatistics(reader, filter, parts, by)),
      distinct: (filter, field, limit) =>
        ask((reader) => statistics.distinctOfExecutions(reader, filter, field, limit)),
    },
    logs: {
      search: (filter, page) => ask((reader) => logs.searchLogs(reader, filter, page)),
      statistics: (filter, parts) => ask((reader) => logs.logStatistics(reader, filter, parts)),
    },
    metrics: {
      search: (filter, page) => ask((reader) => metrics.searchMetrics(reader, filter, page)),
      statistics: (filter, parts) => ask((reader) => metrics.metricStatistics(reader, filter, parts)),
      distinct: (filter, field) => ask((reader) => metrics.distinctOfMetrics(reader, filter, field)),
    },
    flows: {
      get: async (key, which = {}) => {
        if (which.revision !== undefined) return ask((reader) => flows.getFlow(reader, key, which));
        const latest = await latestFlow(key);
        return latest?.deleted === true && which.includeDeleted !== true ? undefined : latest;
      },
      revisions: (key) => ask((reader) => flows.listRevisions(reader, key)),
      search: (filter, page) => ask((reader) => flows.searchFlows(reader, filter, page)),
      namespaces: (tenant) => ask((reader) => flows.listNamespaces(reader, tenant)),
      keys: (tenant) => ask((reader) => flows.listFlowKeys(reader, tenant)),
      withTrigger: (type) => ask((reader) => flows.flowsWithTrigger(reader, type)),
      unapplied: (limit, after) => ask((reader) => flows.unappliedFlows(reader, limit, after)),
    },
    triggers: {
      get: (key) => ask((reader) => triggers.getTrigger(reader, key)),
      search: (filter, page) => ask((reader) => triggers.searchTriggers(reader, filter, page)),
      ofFlow: (key) => ask((reader) => triggers.triggersOfFlow(reader, key)),
      toWake: (range, limit, behind) => ask((reader) => triggers.triggersToWake(reader, range, limit, behind)),
      nextWake: (after) => ask((reader) => triggers.nextWake(reader, after)),
    },
    keyValues: {
      get: (key, now) => ask((reader) => records.getKeyValue(reader, key, now)),
      list: (tenant, namespace, now, prefix) =>
        ask((reader) => records.listKeyValues(reader, tenant, namespace, now, prefix)),
      search: (filter, now, page) => ask((reader) => records.searchKeyValues(reader, filter, now, page)),
    },
    timers: { all: () => ask(records.allTimers) },
    messages: { all: () => ask(records.allMessages) },
    addedStarts: { of: (keys) => ask((reader) => records.addedStarts(reader, keys)) },
    documents: {
      get: (key) => ask((reader) => records.getDocument(reader, key)),
      list: (tenant, kind) => ask((reader) => records.listDocuments(reader, tenant, kind)),
      ofKind: (kind) => ask((reader) => records.documentsOfKind(reader, kind)),
    },
    idempotencyKeys: {
      get: (key) => ask((reader) => records.getIdempotencyKey(reader, key)),
      expiring: (limit) => ask((reader) => records.expiringIdempotencyKeys(reader, limit)),
    },
  };
}
