import { BULK_TRIGGERS_MAX, type bulkTriggerRoutes } from "@capstan/api";
import type { TriggerRow } from "@capstan/store";
import { writeCsv } from "../archive/csv.ts";
import type { Handlers } from "../mount.ts";
import { BulkRefusal, type Invalid } from "../refusal.ts";
import { queryOf } from "../requests/criteria.ts";
import { presentStoredTrigger } from "../presentation/rows.ts";
import { readFilter, readStrictFilter } from "../requests/read-filter.ts";
import { triggerRules } from "../requests/filters.ts";
import { eachRow, readAll } from "../requests/page.ts";
import type { Service } from "../service.ts";
import { attachment } from "./execution-files.ts";
import { bulkAnswer } from "./bulk-answer.ts";

/** One verb over many triggers: those that it does not apply to are passed over, and not counted. */
interface Verb {
  readonly action: string;
  readonly applies: (row: TriggerRow) => boolean;
  readonly apply: (row: TriggerRow) => Promise<unknown>;
  /** Why nothing at all is changed; undefined for a trigger that stands in no way. */
  readonly refuses?: (row: TriggerRow) => string | undefined;
}

type TriggerId = { readonly namespace: string; readonly flowId: string; readonly triggerId: string };

export function bulkTriggerHandlers(service: Service): Handlers<typeof bulkTriggerRoutes> {
  const { triggers, store } = service.runtime;
  const verbs = createVerbs(service);
  /** Nothing is changed when one is missing. */
  const byIds = async (tenant: string, ids: readonly TriggerId[], verb: Verb) => {
    const rows: TriggerRow[] = [];
    const missing: Invalid[] = [];
    for (const { namespace, flowId, triggerId } of ids) {
      const row = await store.triggers.get({ tenant, namespace, flowId, triggerId });
      if (row !== undefined) rows.push(row);
      else missing.push({ message: "there is no such trigger", invalidValue: `${namespace}.${flowId}.${triggerId}` });
    }
    return applyAll(rows, verb, missing);
  };
  const byQuery = async (tenant: string, query: object, verb: Verb, own: readonly string[] = []) => {
    const filter = await readStrictFilter(service, query, { tenant }, triggerRules(), own);
    const rows = await readAll(triggers, filter, BULK_TRIGGERS_MAX);
    return applyAll(rows, verb, []);
  };
  return {
    setTriggersDisabled: ({ tenant, body }) => byIds(tenant, body.triggers, verbs.setDisabled(body.disabled)),
    setTriggersDisabledByQuery: ({ tenant, query }) =>
      byQuery(tenant, query, verbs.setDisabled(query.disabled), ["disabled"]),
    unlockTriggers: ({ tenant, body }) => byIds(tenant, body, verbs.unlock),
    unlockTriggersByQuery: ({ tenant, query }) => byQuery(tenant, query, verbs.unlock),
    pauseBackfillsByIds: ({ tenant, body }) => byIds(tenant, body, verbs.setPaused(true)),
    pauseBackfillsByQuery: ({ tenant, query }) => byQuery(tenant, query, verbs.setPaused(true)),
    unpauseBackfillsByIds: ({ tenant, body }) => byIds(tenant, body, verbs.setPaused(false)),
    unpauseBackfillsByQuery: ({ tenant, query }) => byQuery(tenant, query, verbs.setPaused(false)),
    deleteBackfillsByIds: ({ tenant, body }) => byIds(tenant, body, verbs.deleteBackfill),
    deleteBackfillsByQuery: ({ tenant, query }) => byQuery(tenant, query, verbs.deleteBackfill),
    deleteTriggersByIds: ({ tenant, body }) => byIds(tenant, body, verbs.forget),
    deleteTriggersByQuery: ({ tenant, query, body }) =>
      byQuery(tenant, { ...query, ...queryOf(body?.filters ?? []) }, verbs.forget),
    exportTriggersAsTable: async ({ tenant, query, reply }) => {
      const filter = await readFilter(service, query, { tenant }, triggerRules(query["dateFilter"]));
      reply.header("content-disposition", attachment("triggers.csv"));
      return writeCsv(COLUMNS, eachRow(triggers, filter));
    },
  };
}

type Shown = ReturnType<typeof presentStoredTrigger>;
const column =
  (key: "namespace" | "flowId" | "triggerId" | "nextExecutionDate" | "date" | "updatedDate" | "executionId") =>
  (row: TriggerRow) =>
    presentStoredTrigger(row)[key satisfies keyof Shown];

const COLUMNS: Readonly<Record<string, (row: TriggerRow) => string | boolean | undefined>> = {
  namespace: column("namespace"),
  flowId: column("flowId"),
  triggerId: column("triggerId"),
  type: ({ type }) => type,
  disabled: ({ disabled }) => disabled,
  date: column("date"),
  nextExecutionDate: column("nextExecutionDate"),
  updatedDate: column("updatedDate"),
  executionId: column("executionId"),
};

function createVerbs({ runtime: { triggers } }: Service) {
  return {
    setDisabled: (disabled: boolean): Verb => ({
      action: disabled ? "disable" : "enable",
      applies: () => true,
      // Those that are so already count, and keep their dates.
      apply: async (row) => row.disabled === disabled || (await triggers.setDisabled(row, disabled)),
    }),
    unlock: {
      action: "unlock",
      applies: ({ executionId }) => executionId !== undefined,
      apply: (row) => triggers.unlock(row),
    } as Verb,
    setPaused: (paused: boolean): Verb => ({
      action: paused ? "pause backfill" : "unpause backfill",
      applies: ({ backfill }) => backfill !== undefined && backfill.paused !== paused,
      apply: (row) => triggers.setBackfill(row, row.backfill && { ...row.backfill, paused }),
    }),
    forget: {
      action: "delete",
      applies: () => true,
      refuses: ({ executionId }) => executionId && `the execution ${executionId} locks it; unlock it first`,
      apply: (row) => triggers.forget(row),
    } as Verb,
    deleteBackfill: {
      action: "delete backfill",
      applies: ({ backfill }) => backfill !== undefined,
      apply: (row) => triggers.setBackfill(row, undefined),
    } as Verb,
  };
}

async function applyAll(rows: readonly TriggerRow[], verb: Verb, missing: readonly Invalid[]) {
  const refused = rows.flatMap((row) => {
    const message = verb.refuses?.(row);
    return message === undefined ? [] : [{ message, invalidValue: `${row.namespace}.${row.flowId}.${row.triggerId}` }];
  });
  const invalids = [...missing, ...refused];
  if (invalids.length > 0) throw new BulkRefusal(verb.action, invalids);
  const chosen = rows.filter(verb.applies);
  for (const row of chosen) await verb.apply(row);
  return bulkAnswer(chosen.length);
}
