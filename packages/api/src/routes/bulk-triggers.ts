import { z } from "zod";
import { routes, type Action, type Method } from "../route.ts";
import { bulk } from "../schemas/answers.ts";
import { filterList, filterQuery, flag } from "../schemas/query.ts";

/** Most triggers that one bulk call changes. */
export const BULK_TRIGGERS_MAX = 10_000;

const triggerIds = z
  .array(z.object({ namespace: z.string(), flowId: z.string(), triggerId: z.string() }))
  .max(BULK_TRIGGERS_MAX);

/** One change of the triggers that match. */
function byQuery<Query extends z.ZodType>(path: string, method: Method, action: Action, summary: string, query: Query) {
  const permission = { resource: "TRIGGER", action } as const;
  return { method, path, permission, summary, query, filteredBy: "trigger", answer: bulk } as const;
}

/** One change of the given triggers. */
function byIds(path: string, method: Method, action: Action, summary: string) {
  const body = { kind: "json", schema: triggerIds } as const;
  return { method, path, permission: { resource: "TRIGGER", action }, summary, body, answer: bulk } as const;
}

export const bulkTriggerRoutes = routes({
  setTriggersDisabled: {
    ...byIds("/triggers/set-disabled/by-triggers", "POST", "UPDATE", "Enable or disable many triggers"),
    operation: "disabledTriggersByIds",
    body: {
      kind: "json",
      get schema() {
        return z.object({ triggers: triggerIds, disabled: z.boolean() });
      },
    },
  },
  setTriggersDisabledByQuery: {
    ...byQuery(
      "/triggers/set-disabled/by-query",
      "POST",
      "UPDATE",
      "Enable or disable the triggers that match",
      z.looseObject({ disabled: flag(true) }),
    ),
    operation: "disabledTriggersByQuery",
  },
  unlockTriggers: {
    ...byIds(
      "/triggers/unlock/by-triggers",
      "POST",
      "UNLOCK",
      "Unlock many triggers; those that are not locked are passed over",
    ),
    operation: "unlockTriggersByIds",
  },
  unlockTriggersByQuery: byQuery(
    "/triggers/unlock/by-query",
    "POST",
    "UNLOCK",
    "Unlock the triggers that match; those that are not locked are passed over",
    filterQuery,
  ),
  pauseBackfillsByIds: {
    ...byIds("/triggers/backfill/pause/by-triggers", "POST", "BACKFILL", "Pause the backfills of many triggers"),
    operation: "pauseBackfillByIds",
  },
  pauseBackfillsByQuery: {
    ...byQuery("/triggers/backfill/pause/by-query", "POST", "BACKFILL", "Pause the backfills that match", filterQuery),
    operation: "pauseBackfillByQuery",
  },
  unpauseBackfillsByIds: {
    ...byIds("/triggers/backfill/unpause/by-triggers", "POST", "BACKFILL", "Go on with the backfills of many triggers"),
    operation: "unpauseBackfillByIds",
  },
  unpauseBackfillsByQuery: {
    ...byQuery(
      "/triggers/backfill/unpause/by-query",
      "POST",
      "BACKFILL",
      "Go on with the backfills that match",
      filterQuery,
    ),
    operation: "unpauseBackfillByQuery",
  },
  deleteBackfillsByIds: {
    ...byIds("/triggers/backfill/delete/by-triggers", "POST", "BACKFILL", "Drop the backfills of many triggers"),
    operation: "deleteBackfillByIds",
  },
  deleteBackfillsByQuery: {
    ...byQuery("/triggers/backfill/delete/by-query", "POST", "BACKFILL", "Drop the backfills that match", filterQuery),
    operation: "deleteBackfillByQuery",
  },
  deleteTriggersByIds: byIds(
    "/triggers/delete/by-triggers",
    "DELETE",
    "DELETE",
    "Forget what is known of many triggers; nothing is changed while one of them is locked",
  ),
  deleteTriggersByQuery: {
    ...byQuery(
      "/triggers/delete/by-query",
      "DELETE",
      "DELETE",
      "Forget what is known of the triggers that match; the filters are in the query or in the body",
      filterQuery,
    ),
    body: {
      kind: "json",
      get schema() {
        return filterList.optional();
      },
    },
  },
  exportTriggersAsTable: {
    method: "GET",
    path: "/triggers/export/by-query/csv",
    operation: "exportTriggers",
    permission: { resource: "TRIGGER", action: "LIST" },
    summary: "Download a table (CSV) of the triggers that match",
    query: filterQuery,
    filteredBy: "trigger",
    get answer() {
      return z.string();
    },
    answerType: "text/csv",
  },
});
