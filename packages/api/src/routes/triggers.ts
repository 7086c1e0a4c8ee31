import { z } from "zod";
import { routes } from "../route.ts";
import { pageOf, triggerAndState, triggerState } from "../schemas/answers.ts";
import { anyMap, execution, instant, label } from "../schemas/execution.ts";
import { filteredPageQuery, pageQuery } from "../schemas/query.ts";

const triggerId = z.object({ namespace: z.string(), flowId: z.string(), triggerId: z.string() });
const one = { kind: "json", schema: triggerId } as const;
const update = { resource: "TRIGGER", action: "UPDATE" } as const;
const backfilling = { resource: "TRIGGER", action: "BACKFILL" } as const;
const newBackfill = z.object({
  start: instant,
  end: instant.optional(),
  inputs: anyMap.default({}),
  labels: z.array(label).default([]),
});

export const triggerRoutes = routes({
  searchTriggers: {
    method: "GET",
    path: "/triggers/search",
    permission: { resource: "TRIGGER", action: "LIST" },
    summary: "Search triggers with their states",
    query: filteredPageQuery,
    filteredBy: "trigger",
    get answer() {
      return pageOf(triggerAndState);
    },
  },
  /** The call of clients before 2.0: sends the context back with `disabled` or `backfill` changed. */
  updateTrigger: {
    method: "PUT",
    path: "/triggers",
    permission: update,
    summary: "Enable or disable a trigger, or start a backfill",
    body: {
      kind: "json",
      schema: triggerId.extend({ disabled: z.boolean().optional(), backfill: newBackfill.optional() }),
    },
    answer: triggerState,
  },
  setTriggerDisabled: {
    method: "PUT",
    path: "/triggers/set-disabled",
    operation: "disableTrigger",
    permission: update,
    summary: "Enable or disable a trigger",
    body: {
      kind: "json",
      get schema() {
        return triggerId.extend({ disabled: z.boolean() });
      },
    },
    answer: triggerState,
  },
  createBackfill: {
    method: "PUT",
    path: "/triggers/backfill/create",
    permission: backfilling,
    summary: "Start a backfill of a schedule",
    body: {
      kind: "json",
      get schema() {
        return triggerId.extend({ backfill: newBackfill });
      },
    },
    answer: triggerState,
  },
  pauseBackfill: {
    method: "PUT",
    path: "/triggers/backfill/pause",
    permission: backfilling,
    summary: "Pause a backfill",
    body: one,
    answer: triggerState,
  },
  unpauseBackfill: {
    method: "PUT",
    path: "/triggers/backfill/unpause",
    permission: backfilling,
    summary: "Go on with a paused backfill",
    body: one,
    answer: triggerState,
  },
  deleteBackfill: {
    method: "POST",
    path: "/triggers/backfill/delete",
    permission: backfilling,
    summary: "Drop a backfill",
    body: one,
    answer: triggerState,
  },
  listFlowTriggers: {
    method: "GET",
    path: "/triggers/{namespace}/{flowId}",
    operation: "searchTriggersForFlow",
    permission: { resource: "TRIGGER", action: "LIST" },
    summary: "List the triggers of a flow",
    get query() {
      return pageQuery.extend({ q: z.string().optional() });
    },
    get answer() {
      return pageOf(triggerState);
    },
  },
  unlockTrigger: {
    method: "POST",
    path: "/triggers/{namespace}/{flowId}/{triggerId}/unlock",
    permission: { resource: "TRIGGER", action: "UNLOCK" },
    summary: "Free a trigger from the execution that locks it",
    answer: triggerState,
  },
  deleteTrigger: {
    method: "DELETE",
    path: "/triggers/{namespace}/{flowId}/{triggerId}",
    permission: { resource: "TRIGGER", action: "DELETE" },
    summary: "Forget what is known of a trigger; one that its flow still has begins anew",
    status: 204,
  },
  testTrigger: {
    method: "POST",
    path: "/triggers/{namespace}/{flowId}/{triggerId}/test",
    permission: { resource: "EXECUTION", action: "EXECUTE" },
    summary: "Start an execution as the trigger would, by a sample event; the trigger's own state stays",
    body: {
      kind: "json",
      get schema() {
        return z.object({ variables: anyMap.default({}).describe("What `trigger` shows, in place of samples") });
      },
    },
    get answer() {
      return execution;
    },
  },
  restartTrigger: {
    method: "POST",
    path: "/triggers/{namespace}/{flowId}/{triggerId}/restart",
    permission: update,
    summary: "Start a trigger afresh",
    answer: triggerState,
  },
});
