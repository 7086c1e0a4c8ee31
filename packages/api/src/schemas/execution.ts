import { STATES } from "@capstan/model";
import { z } from "zod";

export const stateName = z.enum(STATES);
export const instant = z.iso.datetime({ offset: true });
export const anyMap = z.record(z.string(), z.unknown());
export const label = z.object({ key: z.string().min(1), value: z.string() });

export const state = z.object({
  current: stateName,
  histories: z.array(z.object({ state: stateName, date: instant })),
  startDate: instant,
  endDate: instant.optional(),
  duration: z.string().describe("ISO-8601 duration"),
});

export const taskRun = z.object({
  id: z.string(),
  tenantId: z.string(),
  executionId: z.string(),
  namespace: z.string(),
  flowId: z.string(),
  taskId: z.string(),
  parentTaskRunId: z.string().optional(),
  value: z.string().optional(),
  iteration: z.number().int().optional(),
  attempts: z.array(
    z.object({
      state,
      logFile: z.string().optional(),
      workerId: z.string().optional().describe("Of the worker of another process that had its job"),
    }),
  ),
  outputs: anyMap.optional(),
  state,
});

const trigger = z.object({ id: z.string(), type: z.string(), variables: anyMap });

const batchItem = z.object({
  id: z.string(),
  date: instant,
  inputs: anyMap,
  labels: z.array(label).optional(),
  trigger: trigger.optional(),
});

export const execution = z.object({
  id: z.string(),
  tenantId: z.string(),
  namespace: z.string(),
  flowId: z.string(),
  flowRevision: z.number().int(),
  taskRunList: z.array(taskRun).optional(),
  inputs: anyMap,
  outputs: anyMap.optional(),
  labels: z.array(label),
  variables: anyMap,
  state,
  trigger: trigger.optional(),
  batch: z
    .object({ size: z.number().int(), items: z.array(batchItem).optional() })
    .optional()
    .describe("The starts that it took together, once it has begun; without the items in lists"),
  parentId: z.string().optional(),
  originalId: z.string(),
  deleted: z.boolean(),
  metadata: z.object({ attemptNumber: z.number().int(), originalCreatedDate: instant }),
  scheduleDate: instant.optional(),
  kind: z.enum(["TEST", "PLAYGROUND"]).optional(),
  error: z
    .string()
    .optional()
    .describe("Why it failed, in one line: the task run that failed first, or what befell the execution as a whole"),
  url: z.string().optional(),
});

/** The shape in which an execution is shown, here and by the command line. */
export type ExecutionAnswer = z.input<typeof execution>;
export type TaskRunAnswer = z.input<typeof taskRun>;
export type StateAnswer = z.input<typeof state>;
