import type { Database } from "./driver.ts";
import { distinctOfExecutions, executionStatistics } from "./queries/execution-statistics.ts";
import { extentsOf, listExpired, logSlice } from "./queries/expiry.ts";
import { searchExecutions } from "./queries/executions.ts";
import { listFlowKeys, listNamespaces, searchFlows } from "./queries/flows.ts";
import { logStatistics } from "./queries/log-statistics.ts";
import { searchLogs } from "./queries/logs.ts";
import { distinctOfMetrics, metricStatistics, searchMetrics } from "./queries/metrics.ts";
import { searchKeyValues } from "./queries/records.ts";
import { searchTriggers } from "./queries/triggers.ts";

/** Queries that may walk over many rows: they run on the reader's thread, so that the one that serves goes on. */
export const SCANS = {
  searchExecutions,
  executionStatistics,
  distinctOfExecutions,
  searchLogs,
  logStatistics,
  searchMetrics,
  metricStatistics,
  distinctOfMetrics,
  searchFlows,
  searchTriggers,
  listNamespaces,
  listFlowKeys,
  searchKeyValues,
  listExpired,
  extentsOf,
  logSlice,
} as const;

export type Scans = typeof SCANS;
export type ScanName = keyof Scans;

/** What a scan takes besides the database. */
export type ScanParameters<Name extends ScanName> =
  Parameters<Scans[Name]> extends [Database, ...infer Rest] ? Rest : never;
