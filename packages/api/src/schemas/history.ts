import { z } from "zod";
import { instant, stateName } from "./execution.ts";

const texts = z.record(z.string(), z.string());

/** A condition that decided, with what it came to and what it read; secrets are masked. */
export const evaluatedCondition = z.object({
  expression: z.string().optional(),
  result: z.string().optional().describe("What it was rendered to"),
  values: texts.optional().describe("By what the expression names, such as outputs.check.value; texts in quotes"),
});

export const reason = z.object({
  code: z.string().describe("One of the reasons in the reference"),
  text: z.string(),
  by: z.string().optional().describe("Who did it; (a token) for a caller with a token"),
  until: instant.optional().describe("The date of what follows, such as the next attempt"),
  executionIds: z.array(z.string()).optional(),
  condition: evaluatedCondition.optional(),
});

const ofTaskRun = z.object({
  id: z.string(),
  taskId: z.string(),
  value: z.string().optional(),
  iteration: z.number().int().optional(),
  attempt: z.number().int().optional().describe("From 1; absent before the first"),
});

export const historyEntry = z.object({
  date: instant,
  taskRun: ofTaskRun.optional().describe("Absent for the execution as a whole"),
  from: stateName.optional(),
  to: stateName.optional(),
  why: reason.optional(),
});

const slot = z.object({
  limit: z.number().int().optional(),
  until: instant.optional().describe("Of a quota: when the next window begins"),
  position: z.number().int().describe("In the queue of that limit, from 1"),
  waiting: z.number().int(),
  running: z.number().int(),
  holders: z.array(z.string()).describe("Some of the executions that run, those that began first"),
});

const wait = z.object({
  kind: z.enum(["job", "timer", "child", "slot", "person", "pause", "task-run", "value"]),
  text: z.string().describe("What it waits for"),
  goesOn: z.string().describe("What makes it go on"),
  since: instant,
  until: instant.optional(),
  taskRun: ofTaskRun.optional(),
  slot: slot.optional(),
  executions: z
    .array(
      z.object({
        id: z.string(),
        namespace: z.string().optional(),
        flowId: z.string().optional(),
        state: stateName.optional(),
      }),
    )
    .optional(),
  condition: evaluatedCondition.optional(),
});

export const executionExplanation = z.object({
  id: z.string(),
  namespace: z.string(),
  flowId: z.string(),
  state: stateName,
  since: instant.describe("Since when it is in that state"),
  error: z.string().optional(),
  flowProblem: z.string().optional().describe("Why its flow can't be read, so that nothing drives it"),
  waits: z.array(wait),
  waitsTotal: z.number().int(),
  reasons: z.array(historyEntry).describe("What its history gives reasons for, oldest first"),
});

/** A condition of a trigger that does not hold. */
const unmet = z.object({
  condition: z.string(),
  properties: texts.optional().describe("As they are written"),
  values: texts.optional(),
  actual: texts.optional().describe("What it looked at"),
  missing: z.array(z.string()).optional(),
});

const evaluation = z.object({
  date: instant,
  outcome: z.enum(["not-met", "failed", "refused", "nothing-found"]),
  text: z.string(),
  executionId: z.string().optional().describe("What a flow trigger looked at"),
  unmet: unmet.optional(),
});

export const triggerExplanation = z.object({
  namespace: z.string(),
  flowId: z.string(),
  triggerId: z.string(),
  type: z.string(),
  nextDate: instant.optional(),
  findings: z.array(
    z.object({
      code: z.string(),
      text: z.string(),
      blocks: z.boolean().describe("Nothing makes it fire before this is over"),
      until: instant.optional(),
      executionId: z.string().optional(),
    }),
  ),
  scheduleMistake: z.string().optional(),
  dates: z
    .array(z.object({ date: instant, holds: z.boolean(), failure: z.string().optional(), unmet: unmet.optional() }))
    .optional()
    .describe("Of a schedule: its last date and the next one, with what its conditions say of them now"),
  gathered: z
    .array(z.object({ name: z.string(), date: instant.optional(), executionId: z.string().optional() }))
    .describe("Preconditions of a flow trigger; those without a date are missing"),
  evaluation: evaluation.optional().describe("The last one that nothing came of"),
  lastExecution: z.object({ id: z.string(), state: stateName, startDate: instant }).optional(),
  asked: z
    .object({ fires: z.boolean(), evaluation: evaluation.optional() })
    .optional()
    .describe("What it would make of the execution that was named"),
});

export type HistoryEntryAnswer = z.input<typeof historyEntry>;
export type ReasonAnswer = z.input<typeof reason>;
export type WaitAnswer = z.input<typeof wait>;
export type ExecutionExplanationAnswer = z.input<typeof executionExplanation>;
export type UnmetAnswer = z.input<typeof unmet>;
export type EvaluationAnswer = z.input<typeof evaluation>;
export type TriggerExplanationAnswer = z.input<typeof triggerExplanation>;
