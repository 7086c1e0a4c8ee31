import { z } from "zod";
import { routes } from "../route.ts";
import { roughPageOf } from "../schemas/answers.ts";
import { anyMap, execution, instant, label, stateName } from "../schemas/execution.ts";
import {
  breakpoints,
  count,
  dateQuery,
  filteredPageQuery,
  flag,
  many,
  pageQuery,
  reviewQuery,
  revisionQuery,
} from "../schemas/query.ts";

const multipart = { kind: "multipart" } as const;
const view = { resource: "EXECUTION", action: "VIEW" } as const;
const pathQuery = z.object({ path: z.string().min(1).describe("A kestra:///… URI of this execution") });
const taskRunState = z.object({ taskRunId: z.string(), state: stateName });

export const executionRoutes = routes({
  searchExecutions: {
    method: "GET",
    path: "/executions/search",
    permission: { resource: "EXECUTION", action: "LIST" },
    summary: "Search executions; task runs are left out",
    query: filteredPageQuery,
    filteredBy: "execution",
    get answer() {
      return roughPageOf(execution);
    },
  },
  listFlowExecutions: {
    method: "GET",
    path: "/executions",
    operation: "searchExecutionsByFlowId",
    permission: { resource: "EXECUTION", action: "LIST" },
    summary: "List the executions of one flow",
    get query() {
      return pageQuery.extend({ namespace: z.string(), flowId: z.string() });
    },
    get answer() {
      return roughPageOf(execution);
    },
  },
  latestExecutions: {
    method: "POST",
    path: "/executions/latest",
    permission: { resource: "EXECUTION", action: "LIST" },
    summary: "Get the latest execution of each flow",
    body: {
      kind: "json",
      get schema() {
        return z.array(z.object({ namespace: z.string(), id: z.string() })).max(1000);
      },
    },
    get answer() {
      return z.array(
        z.object({ id: z.string(), namespace: z.string(), flowId: z.string(), startDate: instant, status: stateName }),
      );
    },
  },
  createExecution: {
    method: "POST",
    path: "/executions/{namespace}/{flowId}",
    aliases: ["/executions/trigger/{namespace}/{flowId}"],
    permission: { resource: "EXECUTION", action: "EXECUTE" },
    summary: "Start a flow; a file is sent as a part whose filename is the id of the input",
    once: true,
    get query() {
      return z.object({
        labels: many(z.string()).default([]).describe("key:value, repeatable"),
        wait: flag(false).describe("Answer when the execution has ended"),
        revision: count(1, 2_147_483_647).optional(),
        scheduleDate: dateQuery.optional(),
        kind: z.enum(["NORMAL", "TEST", "PLAYGROUND"]).optional(),
        breakpoints,
      });
    },
    body: multipart,
    answer: execution,
  },
  getExecution: {
    method: "GET",
    path: "/executions/{executionId}",
    operation: "execution",
    permission: view,
    summary: "Get an execution with its task runs",
    answer: execution,
  },
  deleteExecution: {
    method: "DELETE",
    path: "/executions/{executionId}",
    permission: { resource: "EXECUTION", action: "DELETE" },
    summary: "Delete an execution with its logs, metrics and files",
    get query() {
      return z.object({ deleteLogs: flag(true), deleteMetrics: flag(true), deleteStorage: flag(true) });
    },
    status: 204,
  },
  followExecution: {
    method: "GET",
    path: "/executions/{executionId}/follow",
    permission: view,
    summary: "Follow an execution: an event for each change, a last one with the id `end`",
    get answer() {
      return z.string();
    },
    answerType: "text/event-stream",
  },
  killExecution: {
    method: "DELETE",
    path: "/executions/{executionId}/kill",
    aliases: ["/executions/{executionId}/actions/kill"],
    permission: { resource: "EXECUTION", action: "KILL" },
    summary: "Kill an execution and, with `isOnKillCascade`, its subflows; clients before 2.0 get 202",
    get query() {
      return z.object({ isOnKillCascade: flag(true) });
    },
    answer: execution,
  },
  pauseExecution: {
    method: "POST",
    path: "/executions/{executionId}/pause",
    aliases: ["/executions/{executionId}/actions/pause"],
    permission: { resource: "EXECUTION", action: "PAUSE" },
    summary: "Pause a running execution",
    answer: execution,
  },
  resumeExecution: {
    method: "POST",
    path: "/executions/{executionId}/resume",
    aliases: ["/executions/{executionId}/actions/resume"],
    permission: { resource: "EXECUTION", action: "RESUME" },
    summary: "Resume a paused execution with the inputs its pause asks for",
    body: multipart,
    answer: execution,
  },
  reviewExecution: {
    method: "POST",
    path: "/executions/{executionId}/actions/review",
    permission: { resource: "EXECUTION", action: "RESUME" },
    summary: "Approve or deny what waits for it, with the inputs that it asks for and a comment",
    get query() {
      return reviewQuery.extend({ decision: z.enum(["APPROVE", "DENY"]) });
    },
    body: multipart,
    answer: execution,
  },
  restartExecution: {
    method: "POST",
    path: "/executions/{executionId}/restart",
    aliases: ["/executions/{executionId}/actions/restart"],
    permission: { resource: "EXECUTION", action: "RESTART" },
    summary: "Run the failed task runs of an execution again, under the same id",
    once: true,
    query: revisionQuery,
    answer: execution,
  },
  replayExecution: {
    method: "POST",
    path: "/executions/{executionId}/replay",
    aliases: ["/executions/{executionId}/actions/replay"],
    permission: { resource: "EXECUTION", action: "REPLAY" },
    summary: "Start a new execution like this one, from the start or from a task run",
    once: true,
    get query() {
      return revisionQuery.extend({ taskRunId: z.string().optional(), breakpoints });
    },
    answer: execution,
  },
  replayExecutionWithInputs: {
    method: "POST",
    path: "/executions/{executionId}/replay-with-inputs",
    operation: "replayExecutionWithinputs",
    aliases: ["/executions/{executionId}/actions/replay-with-inputs"],
    permission: { resource: "EXECUTION", action: "REPLAY" },
    summary: "Start a new execution like this one, with other inputs",
    once: true,
    get query() {
      return revisionQuery.extend({ taskRunId: z.string().optional(), breakpoints });
    },
    body: multipart,
    answer: execution,
  },
  changeExecutionStatus: {
    method: "POST",
    path: "/executions/{executionId}/change-status",
    operation: "updateExecutionStatus",
    aliases: ["/executions/{executionId}/actions/change-status"],
    permission: { resource: "EXECUTION", action: "UPDATE" },
    summary: "Give an ended execution another final state",
    get query() {
      return z.object({ status: stateName });
    },
    answer: execution,
  },
  changeTaskRunState: {
    method: "POST",
    path: "/executions/{executionId}/state",
    operation: "updateTaskRunState",
    aliases: ["/executions/{executionId}/actions/state"],
    permission: { resource: "EXECUTION", action: "UPDATE" },
    summary: "Force the state of one task run; the execution goes on from there",
    body: { kind: "json", schema: taskRunState },
    answer: execution,
  },
  forceRunExecution: {
    method: "POST",
    path: "/executions/{executionId}/force-run",
    aliases: ["/executions/{executionId}/actions/force-run"],
    permission: { resource: "EXECUTION", action: "FORCE_RUN" },
    summary: "Push on an execution that waits",
    answer: execution,
  },
  unqueueExecution: {
    method: "POST",
    path: "/executions/{executionId}/unqueue",
    aliases: ["/executions/{executionId}/actions/unqueue"],
    permission: { resource: "EXECUTION", action: "UNQUEUE" },
    summary: "Take an execution out of the queue of its flow",
    get query() {
      return z.object({ state: z.enum(["RUNNING", "CANCELLED", "FAILED"]).default("RUNNING") });
    },
    answer: execution,
  },
  setExecutionLabels: {
    method: "POST",
    path: "/executions/{executionId}/labels",
    operation: "setLabelsOnTerminatedExecution",
    aliases: ["/executions/{executionId}/actions/labels"],
    permission: { resource: "EXECUTION", action: "CHANGE_LABELS" },
    summary: "Set the labels of an ended execution, in the place of those it has",
    body: {
      kind: "json",
      get schema() {
        return z.array(label).max(1000);
      },
    },
    answer: execution,
  },
  evaluateExpression: {
    method: "POST",
    path: "/executions/{executionId}/eval/{taskRunId}",
    operation: "evalTaskRunExpression",
    aliases: ["/executions/{executionId}/actions/eval/{taskRunId}"],
    permission: view,
    summary: "Render an expression as a task run would",
    body: { kind: "text", mediaType: "text/plain" },
    get answer() {
      return z.object({ result: z.string().optional(), error: z.string().optional() });
    },
  },
  downloadExecutionFile: {
    method: "GET",
    path: "/executions/{executionId}/file",
    operation: "downloadFileFromExecution",
    permission: view,
    summary: "Download a file of an execution",
    query: pathQuery,
    get answer() {
      return z.string();
    },
    answerType: "application/octet-stream",
  },
  executionFileMetas: {
    method: "GET",
    path: "/executions/{executionId}/file/metas",
    operation: "fileMetadatasFromExecution",
    permission: view,
    summary: "Get the size of a file of an execution",
    query: pathQuery,
    get answer() {
      return z.object({ size: z.number().int() });
    },
  },
  getExecutionOutputs: {
    method: "GET",
    path: "/outputs/executions/{executionId}",
    operation: "executionOutputs",
    permission: view,
    summary: "Get the outputs of an execution as its flow declares them",
    answer: anyMap,
  },
  listOutputs: {
    method: "GET",
    path: "/outputs/{executionId}",
    aliases: ["/outputs/tasks/{executionId}"],
    operation: "taskOutputsInformation",
    permission: view,
    summary: "List the task runs of an execution that have outputs",
    get answer() {
      return z.array(
        z.object({
          taskId: z.string(),
          taskRunId: z.string(),
          value: z.string().optional(),
          iteration: z.number().int().optional(),
          inline: z.boolean(),
        }),
      );
    },
  },
  getOutputs: {
    method: "GET",
    path: "/outputs/{executionId}/{taskRunId}",
    aliases: ["/outputs/tasks/{executionId}/{taskRunId}"],
    operation: "taskRunOutputs",
    permission: view,
    summary: "Get the outputs of one task run",
    answer: anyMap,
  },
});
