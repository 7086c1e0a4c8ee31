import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoreError } from "../../errors.ts";
import { createOpening } from "../../opening.ts";
import type { Store } from "../../store.ts";
import { openDatabase, type Database } from "./driver.ts";
import * as executions from "./queries/executions.ts";
import * as flows from "./queries/flows.ts";
import * as records from "./queries/records.ts";
import * as triggers from "./queries/triggers.ts";
import { createReaderClient, type ReaderClient } from "./reader-client.ts";
import type { ScanName, ScanParameters, Scans } from "./scans.ts";
import { BUSY_TIMEOUT_MS, READER_SETTINGS } from "./settings.ts";
import { toStoreError } from "./sqlite-errors.ts";
import { startWriter, type WriterClient } from "./writer-client.ts";

export interface SqliteStoreOptions {
  /** The database's file; its folder is made. `:memory:` means a temporary one that goes with the store. */
  readonly path: string;
  /** Hears that the writing thread died: nothing can be committed any more, the process had better end. */
  readonly onFailure?: (error: StoreError) => void;
}

interface Opened {
  readonly writer: WriterClient;
  readonly reader: ReaderClient;
  /** Read-only, on the calling thread. */
  readonly database: Database;
  /** To be removed with the store. */
  readonly temporaryFolder: string | undefined;
}

/**
 * A store in one SQLite file, for one process. Three connections: a thread that writes, a thread that scans (started
 * with the first search), and one on the calling thread for reads whose size is bounded by a key, which cost some ten
 * microseconds and so never wait behind a scan. Each read sees every commit that was acknowledged before it.
 */
export function createSqliteStore(options: SqliteStoreOptions): Store {
  const { start, current, take } = createOpening(options.path, () => open(options));
  const read = async <Result>(query: (database: Database) => Result): Promise<Result> => {
    const { database } = current();
    try {
      return query(database);
    } catch (error) {
      throw toStoreError(error);
    }
  };
  const scan = async <Name extends ScanName>(
    name: Name,
    ...parameters: ScanParameters<Name>
  ): Promise<ReturnType<Scans[Name]>> => current().reader.scan(name, ...parameters);

  return {
    start,
    stop: async () => {
      const opened = await take();
      if (opened !== undefined) await close(opened);
    },
    commit: async (unit) => current().writer.commit(unit),
    ...storeQueries(read, scan),
  };
}

export type Read = <Result>(query: (database: Database) => Result) => Promise<Result>;
export type Scan = <Name extends ScanName>(
  name: Name,
  ...parameters: ScanParameters<Name>
) => Promise<ReturnType<Scans[Name]>>;

/** The questions of the contract, over the two ways of asking the database. */
export function storeQueries(read: Read, scan: Scan): Omit<Store, "start" | "stop" | "commit"> {
  return {
    executions: {
      get: (tenant, id) => read((database) => executions.getExecution(database, tenant, id)),
      whole: (keys) => read((database) => executions.wholeExecutions(database, keys)),
      taskRuns: (tenant, id) => read((database) => executions.listTaskRuns(database, tenant, id)),
      search: (filter, page) => scan("searchExecutions", filter, page),
      listByState: (states, limit, after) =>
        read((database) => executions.listExecutionsByState(database, states, limit, after)),
      countByFlow: (tenant, namespace, flowId, states) =>
        read((database) => executions.countExecutionsByFlow(database, tenant, namespace, flowId, states)),
      latest: (tenant, keys) => read((database) => executions.latestExecutions(database, tenant, keys)),
      statistics: (filter, parts, by) => scan("executionStatistics", filter, parts, by),
      distinct: (filter, field, limit) => scan("distinctOfExecutions", filter, field, limit),
    },
    logs: {
      search: (filter, page) => scan("searchLogs", filter, page),
      statistics: (filter, parts) => scan("logStatistics", filter, parts),
    },
    metrics: {
      search: (filter, page) => scan("searchMetrics", filter, page),
      statistics: (filter, parts) => scan("metricStatistics", filter, parts),
      distinct: (filter, field) => scan("distinctOfMetrics", filter, field),
    },
    flows: {
      get: (key, options) => read((database) => flows.getFlow(database, key, options)),
      revisions: (key) => read((database) => flows.listRevisions(database, key)),
      search: (filter, page) => scan("searchFlows", filter, page),
      namespaces: (tenant) => scan("listNamespaces", tenant),
      keys: (tenant) => scan("listFlowKeys", tenant),
      withTrigger: (type) => read((database) => flows.flowsWithTrigger(database, type)),
      unapplied: (limit, after) => read((database) => flows.unappliedFlows(database, limit, after)),
    },
    triggers: {
      get: (key) => read((database) => triggers.getTrigger(database, key)),
      search: (filter, page) => scan("searchTriggers", filter, page),
      ofFlow: (key) => read((database) => triggers.triggersOfFlow(database, key)),
      toWake: (range, limit, behind) => read((database) => triggers.triggersToWake(database, range, limit, behind)),
      nextWake: (after) => read((database) => triggers.nextWake(database, after)),
    },
    keyValues: {
      get: (key, now) => read((database) => records.getKeyValue(database, key, now)),
      list: (tenant, namespace, now, prefix) =>
        read((database) => records.listKeyValues(database, tenant, namespace, now, prefix)),
      search: (filter, now, page) => scan("searchKeyValues", filter, now, page),
    },
    timers: { all: () => read(records.allTimers) },
    messages: { all: () => read(records.allMessages) },
    addedStarts: { of: (keys) => read((database) => records.addedStarts(database, keys)) },
    documents: {
      get: (key) => read((database) => records.getDocument(database, key)),
      list: (tenant, kind) => read((database) => records.listDocuments(database, tenant, kind)),
      ofKind: (kind) => read((database) => records.documentsOfKind(database, kind)),
    },
    idempotencyKeys: {
      get: (key) => read((database) => records.getIdempotencyKey(database, key)),
      expiring: (limit) => read((database) => records.expiringIdempotencyKeys(database, limit)),
    },
    expiry: {
      list: (tenant, expiry, limit, after) => scan("listExpired", tenant, expiry, limit, after),
      extents: (keys) => scan("extentsOf", keys),
      logSlice: (filter, batches) => scan("logSlice", filter, batches),
      // One tree holds all executions: nothing goes at one stroke.
      spans: async () => [],
      removeSpan: async () => undefined,
    },
  };
}

/** Nothing waits before the thread is started, so that it works while the caller goes on loading what else there is. */
async function open(options: SqliteStoreOptions): Promise<Opened> {
  const isTemporary = options.path === ":memory:";
  const temporaryFolder = isTemporary ? mkdtempSync(join(tmpdir(), "capstan-store-")) : undefined;
  const path = temporaryFolder === undefined ? options.path : join(temporaryFolder, "store.db");
  try {
    const writer = await startWriter({ path, temporary: isTemporary }, (error) => options.onFailure?.(error));
    const database = openDatabase(path, { readOnly: true, busyTimeoutMs: BUSY_TIMEOUT_MS });
    database.exec(READER_SETTINGS);
    return { writer, reader: createReaderClient({ path }), database, temporaryFolder };
  } catch (error) {
    if (temporaryFolder !== undefined) rmSync(temporaryFolder, { recursive: true, force: true });
    const { code, detail } = toStoreError(error);
    throw new StoreError(code, detail.includes(path) ? detail : `${path}: ${detail}`, { cause: error });
  }
}

/** The writer goes last: the last connection moves the log into the database. */
async function close({ writer, reader, database, temporaryFolder }: Opened): Promise<void> {
  await reader.stop();
  database.close();
  await writer.stop();
  if (temporaryFolder !== undefined) rmSync(temporaryFolder, { recursive: true, force: true });
}
