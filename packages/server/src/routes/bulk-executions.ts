import { BULK_EXECUTIONS_MAX, type bulkExecutionRoutes, type Route } from "@capstan/api";
import type { Acting, HeldKey } from "@capstan/runtime";
import type { ExecutionRow } from "@capstan/store";
import { actingAs } from "../authentication/acting.ts";
import { once, type RequestKey } from "../idempotency/once.ts";
import type { Call, Handlers } from "../mount.ts";
import { isTerminal } from "@capstan/model";
import { BulkRefusal, type Invalid, Refusal } from "../refusal.ts";
import { readStrictFilter } from "../requests/read-filter.ts";
import { executionRules } from "../requests/filters.ts";
import { readAll } from "../requests/page.ts";
import type { ApiService, Service } from "../service.ts";
import { bulkAnswer } from "./bulk-answer.ts";
import { mergedLabels } from "./execution-labels.ts";
import { unlessEnded } from "./unless-ended.ts";

type Caller = Pick<Call<Route>, "tenant" | "request">;

/** One verb over many executions: what an execution must be in, and what is done. */
interface Verb {
  readonly action: string;
  readonly allows: (row: ExecutionRow) => boolean;
  readonly condition: string;
  /** What is done with all of them before. */
  readonly prepare?: (rows: readonly ExecutionRow[]) => Promise<unknown>;
  /** `requestKey` where the same request again must not do it again. */
  readonly apply: (row: ExecutionRow, acting: Acting, requestKey?: HeldKey) => Promise<unknown>;
}

export function bulkExecutionHandlers(service: ApiService): Handlers<typeof bulkExecutionRoutes> {
  const { executions } = service.runtime;
  const byIds = async ({ tenant, request }: Caller, ids: readonly string[], verb: Verb, key?: RequestKey) => {
    const rows: ExecutionRow[] = [];
    const missing: Invalid[] = [];
    for (const id of new Set(ids)) {
      const found = await executions.get(tenant, id);
      if (found === undefined) missing.push({ message: "there is no such execution", invalidValue: id });
      else rows.push(found.row);
    }
    return applyAll(rows, verb, missing, actingAs(request), key?.identified());
  };
  const byQuery = async (
    { tenant, request }: Caller,
    query: object,
    own: readonly string[],
    verb: Verb,
    key?: RequestKey,
  ) => {
    const filter = await readStrictFilter(service, query, { tenant }, executionRules(), own);
    const rows = await readAll(executions, filter, BULK_EXECUTIONS_MAX);
    return applyAll(rows, verb, [], actingAs(request), key?.identified());
  };
  const verbs = createVerbs(service);
  return {
    killExecutionsByIds: (call) => byIds(call, call.body, verbs.kill),
    killExecutionsByQuery: (call) => byQuery(call, call.query, [], verbs.kill),
    pauseExecutionsByIds: (call) => byIds(call, call.body, verbs.pause),
    pauseExecutionsByQuery: (call) => byQuery(call, call.query, [], verbs.pause),
    resumeExecutionsByIds: (call) => byIds(call, call.body, verbs.resume),
    resumeExecutionsByQuery: (call) => byQuery(call, call.query, [], verbs.resume),
    restartExecutionsByIds: once(service, (call, key) => byIds(call, call.body, verbs.restart, key)),
    restartExecutionsByQuery: once(service, (call, key) => byQuery(call, call.query, [], verbs.restart, key)),
    replayExecutionsByIds: once(service, (call, key) =>
      byIds(call, call.body, verbs.replay(call.query.latestRevision), key),
    ),
    replayExecutionsByQuery: once(service, (call, key) =>
      byQuery(call, call.query, ["latestRevision"], verbs.replay(call.query.latestRevision), key),
    ),
    forceRunExecutionsByIds: (call) => byIds(call, call.body, verbs.forceRun),
    forceRunExecutionsByQuery: (call) => byQuery(call, call.query, [], verbs.forceRun),
    unqueueExecutionsByIds: (call) => byIds(call, call.body, verbs.unqueue),
    unqueueExecutionsByQuery: (call) => byQuery(call, call.query, ["newState"], verbs.unqueue),
    changeExecutionsStatusByIds: (call) => byIds(call, call.body, verbs.changeStatus(call.query.newStatus)),
    changeExecutionsStatusByQuery: (call) =>
      byQuery(call, call.query, ["newStatus"], verbs.changeStatus(call.query.newStatus)),
    deleteExecutionsByIds: (call) => byIds(call, call.body, verbs.delete(call.query)),
    deleteExecutionsByQuery: (call) => byQuery(call, call.query, Object.keys(DELETION), verbs.delete(call.query)),
    labelExecutionsByIds: (call) => byIds(call, call.body.executionsId, verbs.label(call.body.executionLabels)),
    labelExecutionsByQuery: (call) => byQuery(call, call.query, [], verbs.label(call.body)),
  };
}

const DELETION = { includeNonTerminated: true, deleteLogs: true, deleteMetrics: true, deleteStorage: true };
type Deletion = Readonly<typeof DELETION>;

type Executions = Service["runtime"]["executions"];

const isEnded = ({ state }: ExecutionRow) => isTerminal(state);
const isLive = ({ state }: ExecutionRow) => !isTerminal(state);

function createVerbs(service: Service) {
  return { ...plainVerbs(service), ...chosenVerbs(service) };
}

/** Those that take nothing but the executions. */
function plainVerbs({ runtime: { executions } }: Service) {
  return {
    kill: {
      action: "kill",
      allows: isLive,
      condition: "running or waiting",
      apply: async ({ tenant, id }: ExecutionRow, acting: Acting) =>
        void (await unlessEnded(executions.kill(tenant, id, acting))),
    },
    pause: {
      action: "pause",
      allows: ({ state }: ExecutionRow) => state === "RUNNING",
      condition: "running",
      apply: ({ tenant, id }: ExecutionRow, acting: Acting) => executions.pause(tenant, id, acting),
    },
    resume: {
      action: "resume",
      allows: ({ state }: ExecutionRow) => state === "PAUSED",
      condition: "paused",
      apply: ({ tenant, id }: ExecutionRow, acting: Acting) => executions.resume(tenant, id, {}, acting),
    },
    restart: {
      action: "restart",
      allows: ({ state }: ExecutionRow) => state === "FAILED",
      condition: "failed",
      apply: ({ tenant, id }: ExecutionRow, acting: Acting, requestKey?: HeldKey) =>
        executions.restart(tenant, id, { ...acting, requestKey }),
    },
    forceRun: {
      action: "force run",
      allows: isLive,
      condition: "running or waiting",
      apply: ({ tenant, id }: ExecutionRow, acting: Acting) => executions.forceRun(tenant, id, acting),
    },
    unqueue: {
      action: "unqueue",
      allows: ({ state }: ExecutionRow) => state === "QUEUED",
      condition: "queued",
      apply: ({ tenant, id }: ExecutionRow, acting: Acting) => executions.unqueue(tenant, id, "RUNNING", acting),
    },
  } satisfies Record<string, Verb>;
}

/** Those that are told how. */
function chosenVerbs({ runtime: { executions, flows } }: Service) {
  const latestRevision = async ({ tenant, namespace, flowId, flowRevision }: ExecutionRow) =>
    (await flows.get({ tenant, namespace, id: flowId }))?.revision ?? flowRevision;
  return {
    replay: (isLatest: boolean): Verb => ({
      action: "replay",
      allows: isEnded,
      condition: "ended",
      apply: async (row, acting, requestKey) => {
        const revision = isLatest ? await latestRevision(row) : row.flowRevision;
        return executions.replay(row.tenant, row.id, { revision, requestKey, ...acting });
      },
    }),
    changeStatus(state: ExecutionRow["state"]): Verb {
      if (!isTerminal(state)) throw new Refusal("state-not-final", `${state} is not a final state`);
      return {
        action: "change executions state",
        allows: isEnded,
        condition: "ended",
        apply: ({ tenant, id }, acting) => executions.changeStatus(tenant, id, state, acting),
      };
    },
    delete: ({
      includeNonTerminated,
      deleteLogs: logs,
      deleteMetrics: metrics,
      deleteStorage: storage,
    }: Deletion): Verb => ({
      action: "delete",
      allows: (row) => includeNonTerminated || isEnded(row),
      condition: "ended",
      prepare: (rows) => endAll(executions, rows.filter(isLive)),
      apply: ({ tenant, id }) => executions.delete(tenant, id, { logs, metrics, storage }),
    }),
    label: (labels: ExecutionRow["labels"]): Verb => ({
      action: "set labels",
      allows: isEnded,
      condition: "ended",
      apply: async (row, acting) => executions.setLabels(row.tenant, row.id, mergedLabels(row, labels), acting),
    }),
  } satisfies Record<string, (...options: never[]) => Verb>;
}

async function endAll(executions: Executions, rows: readonly ExecutionRow[]): Promise<void> {
  for (const { tenant, id } of rows) await unlessEnded(executions.kill(tenant, id));
  for (const { tenant, id } of rows) await executions.ended(tenant, id);
}

/**
 * Nothing is applied when one execution is refused. Those in a queue come first, so that none begins in the place of one that is
 * ended.
 */
async function applyAll(
  rows: readonly ExecutionRow[],
  verb: Verb,
  missing: readonly Invalid[],
  acting: Acting,
  requestKey?: HeldKey,
): Promise<ReturnType<typeof bulkAnswer>> {
  const keys = await keysOf(rows, requestKey);
  const isDone = ({ id }: ExecutionRow) => keys.get(id)?.kept !== undefined;
  const refused = rows
    .filter((row) => !isDone(row) && !verb.allows(row))
    .map(({ id, state }) => ({ message: `is ${state}, not ${verb.condition}`, invalidValue: id }));
  const invalids = [...missing, ...refused];
  if (invalids.length > 0) throw new BulkRefusal(verb.action, invalids);
  const isQueued = ({ state }: ExecutionRow) => state === "QUEUED";
  const ordered = [...rows.filter(isQueued), ...rows.filter((row) => !isQueued(row))];
  await verb.prepare?.(ordered);
  for (const row of ordered) if (!isDone(row)) await verb.apply(row, acting, keys.get(row.id));
  return bulkAnswer(rows.length);
}

/** A key for each execution: a request that a dying process left half done goes on with the others when it is sent again. */
async function keysOf(
  rows: readonly ExecutionRow[],
  requestKey: HeldKey | undefined,
): Promise<ReadonlyMap<string, HeldKey>> {
  const keys = new Map<string, HeldKey>();
  if (requestKey !== undefined) for (const { id } of rows) keys.set(id, await requestKey.part(id));
  return keys;
}
