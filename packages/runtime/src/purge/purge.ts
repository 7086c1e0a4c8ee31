/**
 * Removes executions that have expired, with what belongs to them. Whole spans go at one stroke where the store has them and
 * everything in one has expired; all others go in commits of bounded size, between which those of running executions find their place. It can end at
 * any moment: what is left is found again by the next purge.
 */
import {
  type ExecutionExtent,
  type ExpiredExecution,
  type Expiry,
  leastIdAt,
  type Span,
  type Store,
} from "@capstan/store";
import type { Executor } from "../executor/executor.ts";
import type { OneByOne } from "../executor/one-by-one.ts";
import { compareIds } from "./compare-ids.ts";
import { purgeWholeBatches } from "./purge-logs.ts";
import type { RemovedFiles } from "./removed-files.ts";

export interface PurgeRequest {
  readonly tenant: string;
  readonly expiry: Expiry;
  /** By what spans go, if not by the same. */
  readonly spanExpiry?: Expiry;
  /** What of them is removed. */
  readonly executions: boolean;
  readonly logs: boolean;
  readonly metrics: boolean;
  readonly storage: boolean;
  /** Executions that go in one commit at most. */
  readonly batchSize?: number;
  /** False: lines and metrics of spans need not be counted, which takes time. */
  readonly counted?: boolean;
  /** Ends it between two commits. */
  readonly signal?: AbortSignal;
}

export interface Purged {
  readonly executions: number;
  readonly logLines: number;
  readonly metrics: number;
  readonly files: number;
}

export interface PurgeParts {
  readonly store: Store;
  readonly executor: Executor;
  readonly oneByOne: OneByOne;
  readonly files: RemovedFiles;
}

/** Executions that are looked at in one go. */
const PAGE = 200;
/** Rows that one commit removes: others wait for it. */
const ROWS_PER_COMMIT_MAX = 1_000;

const NOTHING: Purged = { executions: 0, logLines: 0, metrics: 0, files: 0 };

export async function purge(parts: PurgeParts, request: PurgeRequest): Promise<Purged> {
  const { store, oneByOne, files } = parts;
  const { tenant, expiry, executions, logs, metrics, signal } = request;
  await files.finish(tenant);
  let purged = executions && logs && metrics ? await purgeSpans(parts, request) : NOTHING;
  for (let after: ExpiredExecution | undefined; ;) {
    const page = signal?.aborted === true ? [] : await store.expiry.list(tenant, expiry, PAGE, after);
    if (page.length === 0) break;
    purged = sum(purged, await oneByOne.together(page, () => purgePage(parts, request, page)));
    after = page.at(-1);
  }
  return purged;
}

async function purgeSpans({ store, executor, oneByOne, files }: PurgeParts, request: PurgeRequest): Promise<Purged> {
  const { tenant, expiry, spanExpiry = expiry, storage, counted = true, signal } = request;
  const isLive = ({ least, end }: Span): boolean =>
    executor.some(({ id }) => compareIds(id, least) >= 0 && compareIds(id, end) < 0);
  let purged = NOTHING;
  for (const span of await store.expiry.spans()) {
    if (signal?.aborted === true) break;
    if (!isOver(span, spanExpiry)) continue;
    if (storage) await files.noteSpan(tenant, span);
    // Nobody changes an execution of the span between the look at it and its end.
    const removed = await oneByOne.alone(async () =>
      isLive(span) ? undefined : store.expiry.removeSpan(span, spanExpiry, { counted, signal }),
    );
    // Files of executions that are there stay.
    const count = storage ? await files.removeSpan(tenant, span, removed?.flows ?? []) : 0;
    if (removed === undefined) continue;
    const { executions, counts: { logLines, metrics } = NOTHING } = removed;
    purged = sum(purged, { executions, logLines, metrics, files: count });
  }
  return purged;
}

/** Whether all of a span may have expired: nothing ends before the time in its id. */
function isOver({ end }: Span, expiry: Expiry): boolean {
  const ends = expiry.flatMap(({ endBefore }) => endBefore ?? []);
  return ends.length > 0 && end <= leastIdAt(Math.max(...ends));
}

type Sized = ExpiredExecution & ExecutionExtent;

/** Those of a page that are still as they were listed, some in each commit. */
async function purgePage(parts: PurgeParts, request: PurgeRequest, page: readonly ExpiredExecution[]): Promise<Purged> {
  const extents = await parts.store.expiry.extents(page);
  const expired = page.flatMap((execution, position): Sized[] => {
    const extent = extents[position];
    const isLive = parts.executor.get(execution) !== undefined;
    return isLive || extent?.endDate !== execution.endDate
      ? []
      : [{ ...execution, ...extent, endDate: execution.endDate }];
  });
  let purged = NOTHING;
  for (const group of groupsOf(expired, request.batchSize ?? PAGE)) {
    if (request.signal?.aborted === true) break;
    purged = sum(purged, await purgeGroup(parts, request, group));
  }
  return purged;
}

/** Groups of so many executions, and of no more rows than one commit should remove, unless one execution has more. */
function groupsOf(executions: readonly Sized[], sizeMax: number): readonly (readonly Sized[])[] {
  const groups: Sized[][] = [];
  let rows = Infinity;
  for (const execution of executions) {
    rows += rowsOf(execution);
    const group = groups.at(-1);
    if (group === undefined || rows > ROWS_PER_COMMIT_MAX || group.length >= sizeMax) {
      groups.push([execution]);
      rows = rowsOf(execution);
    } else group.push(execution);
  }
  return groups;
}

/** No fewer than it has. */
function rowsOf({ taskRuns, logLines, metrics }: ExecutionExtent): number {
  return 1 + taskRuns + logLines + metrics;
}

async function purgeGroup(
  { store, files }: PurgeParts,
  request: PurgeRequest,
  group: readonly Sized[],
): Promise<Purged> {
  const { tenant, executions, logs, metrics, storage } = request;
  for (const execution of group) await shorten(store, request, execution);
  const removedExecutions = group.map(({ id }) => ({ tenant, id, keepsExecution: !executions, logs, metrics }));
  await store.commit({ removedExecutions, ...(storage && files.note(tenant, group)) });
  return {
    executions: executions ? group.length : 0,
    logLines: logs ? group.reduce((total, { logLines }) => total + logLines, 0) : 0,
    metrics: metrics ? group.reduce((total, one) => total + one.metrics, 0) : 0,
    files: storage ? await files.remove(tenant, group) : 0,
  };
}

/** Takes the task runs and the lines of a large execution beforehand, some at a time. */
async function shorten(
  store: Store,
  request: PurgeRequest,
  { tenant, id: executionId, ...size }: Sized,
): Promise<void> {
  if (request.logs && size.logLines > ROWS_PER_COMMIT_MAX) await purgeWholeBatches(store, { tenant, executionId });
  const taskRuns = request.executions ? size.taskRuns : 0;
  if (taskRuns <= ROWS_PER_COMMIT_MAX) return;
  for (let first = 0; first < taskRuns; first += ROWS_PER_COMMIT_MAX) {
    const count = Math.min(ROWS_PER_COMMIT_MAX, taskRuns - first);
    const removedTaskRuns = Array.from({ length: count }, (_, index) => ({
      tenant,
      executionId,
      index: first + index,
    }));
    await store.commit({ removedTaskRuns });
  }
}

function sum(one: Purged, other: Purged): Purged {
  return {
    executions: one.executions + other.executions,
    logLines: one.logLines + other.logLines,
    metrics: one.metrics + other.metrics,
    files: one.files + other.files,
  };
}
