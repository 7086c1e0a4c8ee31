import { STATES } from "@capstan/model";
import { z } from "zod";

/** Changes with every change of what an archive holds that an older reader would not understand. */
export const HISTORY_FORMAT = 1;

const id = z.string().regex(/^[0-9A-Za-z_-]{1,64}$/);
const name = z
  .string()
  .max(255)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/);
const count = z.int().min(0);
const map = z.record(z.string(), z.unknown());
const state = z.enum(STATES);
const history = z.array(z.strictObject({ state, date: count })).min(1);

const label = z.strictObject({ key: z.string().min(1), value: z.string() });
const trigger = z.strictObject({ id: z.string(), type: z.string(), variables: map });
const text = z.string();
const evaluated = { result: text.optional(), values: z.record(text, text).optional() };
const failedBefore = z.strictObject({ at: count, code: z.literal("failed"), error: text });

const control = z.strictObject({
  priority: z.int().optional(),
  keys: z.record(text, text).optional(),
  debounce: z.strictObject({ key: text.optional(), since: count }).optional(),
  batch: z.strictObject({ key: text.optional() }).optional(),
});

const executionNote = z.discriminatedUnion("code", [
  z.strictObject({
    at: count,
    code: z.enum([
      "created",
      "killed",
      "paused",
      "resumed",
      "restarted",
      "replayed",
      "state-changed",
      "forced",
      "unqueued",
      "labelled",
    ]),
    by: text.optional(),
    parent: text.optional(),
    taskRunId: text.optional(),
    removed: count.optional(),
  }),
  z.strictObject({
    at: count,
    code: z.literal("limited"),
    limit: count,
    scope: text.optional(),
    key: text.optional(),
    window: z.strictObject({ durationMs: count, endsAt: count }).optional(),
    holders: z.array(text),
    ahead: count,
  }),
  z.strictObject({ at: count, code: z.literal("superseded"), executionId: id }),
  z.strictObject({ at: count, code: z.literal("sla"), sla: text }),
  failedBefore,
]);

const taskRunNote = z.discriminatedUnion("code", [
  z.strictObject({ at: count, code: z.literal("skipped"), ...evaluated }),
  z.strictObject({ at: count, code: z.literal("retry"), attempt: count, error: text.optional(), next: count }),
  z.strictObject({ at: count, code: z.literal("allowed"), from: z.enum(["FAILED", "WARNING"]) }),
  failedBefore,
]);

const batchItem = z.strictObject({
  id,
  date: count,
  inputs: map,
  labels: z.array(label).optional(),
  trigger: trigger.optional(),
});

const execution = z.strictObject({
  id,
  namespace: name,
  flowId: name,
  flowRevision: z.int().min(1),
  state,
  history,
  kind: z.enum(["NORMAL", "TEST", "PLAYGROUND"]),
  labels: z.array(label),
  inputs: map,
  variables: map,
  outputs: map.optional(),
  trigger: trigger.optional(),
  parent: z
    .strictObject({ executionId: id, taskRun: count, iteration: count.optional(), depth: count.optional() })
    .optional(),
  callerAttempt: count.optional(),
  generation: count.optional(),
  originalId: id,
  replayOf: id.optional(),
  attemptNumber: z.int().min(1),
  retriesSince: count.optional(),
  scheduleDate: count.optional(),
  control: control.optional(),
  batch: z.strictObject({ items: z.array(batchItem) }).optional(),
  createdAt: count,
  error: z.string().optional(),
  violatedSlas: z.array(z.string()).optional(),
  notes: z.array(executionNote).optional(),
});

const taskRun = z.strictObject({
  index: count,
  id,
  taskId: z.string().min(1),
  parent: count.optional(),
  value: z.string().optional(),
  iteration: count.optional(),
  state,
  history,
  attempts: z.array(
    z.strictObject({ state, history, logFile: z.string().optional(), workerId: z.string().optional() }),
  ),
  outputs: map.optional(),
  error: z.string().optional(),
  memory: map.optional(),
  notes: z.array(taskRunNote).optional(),
});

/** `execution.json`: rows without their tenant. */
export const executionFile = z.strictObject({
  format: z.literal(HISTORY_FORMAT),
  execution,
  taskRuns: z.array(taskRun),
});

/** A line of `logs.jsonl`. */
export const logFileLine = z.strictObject({
  triggerId: z.string().optional(),
  taskId: z.string().optional(),
  taskRunId: z.string().optional(),
  taskRunIndex: count.optional(),
  attempt: count.optional(),
  lines: z
    .array(
      z.strictObject({ time: count, level: z.enum(["TRACE", "DEBUG", "INFO", "WARN", "ERROR"]), message: z.string() }),
    )
    .min(1),
});

/** A line of `metrics.jsonl`. */
export const metricFileLine = z.strictObject({
  taskId: z.string(),
  taskRunId: z.string(),
  name: z.string(),
  type: z.enum(["counter", "timer", "gauge"]),
  value: z.number(),
  tags: z.record(z.string(), z.string()),
  time: count,
});
