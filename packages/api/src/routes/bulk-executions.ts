import { z } from "zod";
import { routes, type Action, type Body, type Method } from "../route.ts";
import { bulk } from "../schemas/answers.ts";
import { label, stateName } from "../schemas/execution.ts";
import { flag } from "../schemas/query.ts";

/** Most executions that one bulk call changes. */
export const BULK_EXECUTIONS_MAX = 10_000;

const ids = z.array(z.string().min(1)).max(BULK_EXECUTIONS_MAX);
const none = z.looseObject({});
const deletion = z.looseObject({
  includeNonTerminated: flag(false),
  deleteLogs: flag(true),
  deleteMetrics: flag(true),
  deleteStorage: flag(true),
});
const labels = z.array(label).min(1).max(1000);

/** By ids and by query share everything but where the executions come from. */
function pair<const Name extends string, Query extends z.ZodType>(
  name: Name,
  method: Method,
  action: Action,
  query: Query,
) {
  const permission = { resource: "EXECUTION", action } as const;
  const stem = name === "delete" ? "" : `/${name}`;
  return {
    ids: {
      method,
      path: `/executions${stem}/by-ids`,
      permission,
      summary: `Bulk ${name} of the given executions`,
      query,
      body: { kind: "json", schema: ids },
      answer: bulk,
    },
    query: {
      method,
      path: `/executions${stem}/by-query`,
      permission,
      summary: `Bulk ${name} of the executions that match`,
      query,
      filteredBy: "execution",
      answer: bulk,
    },
  } as const satisfies Record<string, { body?: Body; [key: string]: unknown }>;
}

const killing = pair("kill", "DELETE", "KILL", none);
const pausing = pair("pause", "POST", "PAUSE", none);
const resuming = pair("resume", "POST", "RESUME", none);
const restarting = pair("restart", "POST", "RESTART", none);
const replaying = pair("replay", "POST", "REPLAY", z.looseObject({ latestRevision: flag(false) }));
const forcing = pair("force-run", "POST", "FORCE_RUN", none);
const unqueuing = pair("unqueue", "POST", "UNQUEUE", none);
const changing = pair("change-status", "POST", "UPDATE", z.looseObject({ newStatus: stateName }));
const deleting = pair("delete", "DELETE", "DELETE", deletion);
const labelling = pair("labels", "POST", "CHANGE_LABELS", none);

export const bulkExecutionRoutes = routes({
  killExecutionsByIds: killing.ids,
  killExecutionsByQuery: killing.query,
  pauseExecutionsByIds: pausing.ids,
  pauseExecutionsByQuery: pausing.query,
  resumeExecutionsByIds: resuming.ids,
  resumeExecutionsByQuery: resuming.query,
  restartExecutionsByIds: { ...restarting.ids, once: true },
  restartExecutionsByQuery: { ...restarting.query, once: true },
  replayExecutionsByIds: { ...replaying.ids, once: true },
  replayExecutionsByQuery: { ...replaying.query, once: true },
  forceRunExecutionsByIds: { ...forcing.ids, operation: "forceRunByIds" },
  forceRunExecutionsByQuery: forcing.query,
  unqueueExecutionsByIds: unqueuing.ids,
  unqueueExecutionsByQuery: unqueuing.query,
  changeExecutionsStatusByIds: { ...changing.ids, operation: "updateExecutionsStatusByIds" },
  changeExecutionsStatusByQuery: { ...changing.query, operation: "updateExecutionsStatusByQuery" },
  deleteExecutionsByIds: deleting.ids,
  deleteExecutionsByQuery: deleting.query,
  labelExecutionsByIds: {
    ...labelling.ids,
    operation: "setLabelsOnTerminatedExecutionsByIds",
    body: {
      kind: "json",
      get schema() {
        return z.object({ executionsId: ids, executionLabels: labels });
      },
    },
  },
  labelExecutionsByQuery: {
    ...labelling.query,
    operation: "setLabelsOnTerminatedExecutionsByQuery",
    body: { kind: "json", schema: labels },
  },
});
