import type { triggerRoutes } from "@capstan/api";
import type { Backfill, TriggerKey, TriggerRow } from "@capstan/store";
import { instantText, type JsonMap, writtenFlow } from "@capstan/model";
import type { Handlers } from "../mount.ts";
import { presentExecution } from "../presentation/execution.ts";
import { presentTrigger } from "../presentation/rows.ts";
import { type WrittenParts, writtenParts } from "../presentation/written-parts.ts";
import { Refusal } from "../refusal.ts";
import { readFilter } from "../requests/read-filter.ts";
import { triggerRules } from "../requests/filters.ts";
import { presentPage, readPage } from "../requests/page.ts";
import type { Service } from "../service.ts";

const SORT = {
  triggerId: "triggerId",
  flowId: "flowId",
  namespace: "namespace",
  nextExecutionDate: "nextDate",
  nextEvaluationDate: "nextDate",
  date: "date",
  lastTriggeredDate: "date",
} as const;

export function triggerHandlers(service: Service): Handlers<typeof triggerRoutes> {
  const { triggers } = service.runtime;
  const present = (row: TriggerRow) => presentTrigger(row, service.now());
  const existing = (key: TriggerKey) => existingTrigger(service, key);
  const start = async (key: TriggerKey, wanted: WantedBackfill) => {
    const row = await existing(key);
    if (row.backfill !== undefined) throw new Refusal("backfill-running", backfillText(key, row.backfill));
    return present(await triggers.setBackfill(key, readBackfill(wanted, service.now())));
  };
  const setPaused = async (key: TriggerKey, paused: boolean) => {
    const { backfill } = await existing(key);
    if (backfill === undefined) throw noBackfill(key);
    return present(await triggers.setBackfill(key, { ...backfill, paused }));
  };
  return {
    searchTriggers: async ({ tenant, query }) => {
      const filter = await readFilter(service, query, { tenant }, triggerRules(query["dateFilter"]));
      const page = await triggers.search(filter, readPage(query, SORT));
      const written = await writtenTriggers(service, page.rows);
      return presentPage(page, (row) => presentBoth(row, written(row), service.now()));
    },
    updateTrigger: async ({ tenant, body: { disabled, backfill, ...id } }) => {
      const key = { tenant, ...id };
      const row = await existing(key);
      if (backfill !== undefined && row.backfill === undefined) return start(key, backfill);
      return present(disabled === undefined ? row : await triggers.setDisabled(key, disabled));
    },
    setTriggerDisabled: async ({ tenant, body: { disabled, ...id } }) => {
      await existing({ tenant, ...id });
      return present(await triggers.setDisabled({ tenant, ...id }, disabled));
    },
    createBackfill: ({ tenant, body: { backfill, ...id } }) => start({ tenant, ...id }, backfill),
    pauseBackfill: ({ tenant, body }) => setPaused({ tenant, ...body }, true),
    unpauseBackfill: ({ tenant, body }) => setPaused({ tenant, ...body }, false),
    deleteBackfill: async ({ tenant, body }) => {
      const { backfill } = await existing({ tenant, ...body });
      if (backfill === undefined) throw noBackfill({ tenant, ...body });
      return present(await triggers.setBackfill({ tenant, ...body }, undefined));
    },
    listFlowTriggers: async ({ tenant, parameters, query }) => {
      const filter = { tenant, ...parameters, ...(query.q !== undefined && { query: query.q }) };
      return presentPage(await triggers.search(filter, readPage(query, SORT)), present);
    },
    unlockTrigger: async ({ tenant, parameters }) => {
      const row = await existing({ tenant, ...parameters });
      if (row.executionId === undefined)
        throw new Refusal("trigger-not-locked", `${nameOf(row)} is not locked: nothing needs to be done`);
      return present(await triggers.unlock(row));
    },
    deleteTrigger: ({ tenant, parameters }) => triggers.forget({ tenant, ...parameters }),
    testTrigger: async ({ tenant, parameters, body: { variables } }) => {
      const row = await triggers.testFire({ tenant, ...parameters }, variables as JsonMap);
      return presentExecution(row, undefined, service.now());
    },
    restartTrigger: async ({ tenant, parameters }) =>
      present(await triggers.restart(await existing({ tenant, ...parameters }))),
  };
}

/** Throws 404. */
export async function existingTrigger({ runtime }: Service, key: TriggerKey): Promise<TriggerRow> {
  const row = await runtime.store.triggers.get(key);
  if (row !== undefined) return row;
  throw new Refusal("trigger-not-found", `There is no trigger ${key.namespace}.${key.flowId}.${key.triggerId}`);
}

function nameOf({ namespace, flowId, triggerId }: TriggerKey): string {
  return `The trigger ${namespace}.${flowId}.${triggerId}`;
}

function backfillText(key: TriggerKey, { currentDate, end, paused }: Backfill): string {
  const where = `${paused ? "paused" : "running"} at ${instantText(currentDate)} on its way to ${instantText(end)}`;
  return `${nameOf(key)} has a backfill already, ${where}: wait for its end, or delete it first`;
}

function noBackfill(key: TriggerKey): Refusal {
  return new Refusal("backfill-missing", `${nameOf(key)} has no backfill: create one first`);
}

/** What the flows say of these triggers. */
async function writtenTriggers({ runtime }: Service, rows: readonly TriggerRow[]) {
  const flows = new Map<string, WrittenParts>();
  for (const { tenant, namespace, flowId } of rows) {
    const name = `${namespace}.${flowId}`;
    if (flows.has(name)) continue;
    const flow = await runtime.flows.get({ tenant, namespace, id: flowId });
    flows.set(name, writtenParts(flow && writtenFlow(flow.source)));
  }
  return ({ namespace, flowId, triggerId }: TriggerRow) => flows.get(`${namespace}.${flowId}`)?.trigger(triggerId);
}

function presentBoth(row: TriggerRow, written: JsonMap | undefined, now: number) {
  const state = presentTrigger(row, now);
  const trigger = { ...written, id: row.triggerId, type: row.type };
  return { trigger, abstractTrigger: trigger, triggerContext: state, state };
}

interface WantedBackfill {
  readonly start: string;
  readonly end?: string | undefined;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly labels: Backfill["labels"];
}

function readBackfill(wanted: WantedBackfill, now: number): Backfill {
  const start = Date.parse(wanted.start);
  const end = wanted.end === undefined ? now : Date.parse(wanted.end);
  if (start >= end) throw new Refusal("backfill-invalid", "A backfill starts before it ends");
  // The body was JSON, so its values are.
  const inputs = wanted.inputs as JsonMap;
  return { start, end, currentDate: start, paused: false, inputs, labels: wanted.labels };
}
