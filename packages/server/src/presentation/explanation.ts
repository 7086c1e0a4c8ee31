import type {
  EvaluationAnswer,
  ExecutionExplanationAnswer,
  HistoryEntryAnswer,
  ReasonAnswer,
  TriggerExplanationAnswer,
  UnmetAnswer,
  WaitAnswer,
} from "@capstan/api";
import { instantText } from "@capstan/model";
import type { Evaluation, ExecutionExplanation, ExecutionHistory, TriggerExplanation } from "@capstan/runtime";

type Entry = ExecutionHistory["entries"][number];
type Wait = ExecutionExplanation["waits"][number];
type Unmet = NonNullable<Evaluation["unmet"]>;

export function presentEntry({ at, taskRun, attempt, from, to, why }: Entry): HistoryEntryAnswer {
  return {
    date: instantText(at),
    ...(taskRun !== undefined && { taskRun: { ...presentRun(taskRun), ...(attempt !== undefined && { attempt }) } }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(why !== undefined && { why: presentReason(why) }),
  };
}

export function presentExplanation(explanation: ExecutionExplanation): ExecutionExplanationAnswer {
  const { row, waits, waitsTotal, reasons, flowProblem } = explanation;
  return {
    id: row.id,
    namespace: row.namespace,
    flowId: row.flowId,
    state: row.state,
    since: instantText(row.history.at(-1)?.date ?? row.createdAt),
    ...(row.error !== undefined && { error: row.error }),
    ...(flowProblem !== undefined && { flowProblem }),
    waits: waits.map(presentWait),
    waitsTotal,
    reasons: reasons.map(presentEntry),
  };
}

export function presentTriggerExplanation(explanation: TriggerExplanation): TriggerExplanationAnswer {
  const { key, type, row, findings, dates, scheduleMistake, gathered, evaluation, last, asked } = explanation;
  return {
    namespace: key.namespace,
    flowId: key.flowId,
    triggerId: key.triggerId,
    type,
    ...dateOf("nextDate", row?.nextDate),
    findings: findings.map(({ until, ...finding }) => ({ ...finding, ...dateOf("until", until) })),
    ...(scheduleMistake !== undefined && { scheduleMistake }),
    ...(dates !== undefined && {
      dates: dates.map(({ date, unmet, ...asked }) => ({
        ...asked,
        date: instantText(date),
        ...(unmet !== undefined && { unmet: presentUnmet(unmet) }),
      })),
    }),
    gathered: gathered.map(({ at, ...entry }) => ({ ...entry, ...dateOf("date", at) })),
    ...(evaluation !== undefined && { evaluation: presentEvaluation(evaluation) }),
    ...(last !== undefined && {
      lastExecution: { id: last.id, state: last.state, startDate: instantText(last.createdAt) },
    }),
    ...(asked !== undefined && {
      asked: {
        fires: asked.fires,
        ...(asked.evaluation !== undefined && { evaluation: presentEvaluation(asked.evaluation) }),
      },
    }),
  };
}

function presentReason({ until, executionIds, condition, ...why }: NonNullable<Entry["why"]>): ReasonAnswer {
  return {
    ...why,
    ...dateOf("until", until),
    ...(executionIds !== undefined && { executionIds: [...executionIds] }),
    ...(condition !== undefined && { condition: presentCondition(condition) }),
  };
}

function presentCondition({ values, ...condition }: NonNullable<Wait["condition"]>) {
  return { ...condition, ...(values !== undefined && { values: { ...values } }) };
}

function presentWait({ kind, text, goesOn, since, until, taskRun, slot, awaited, condition }: Wait): WaitAnswer {
  return {
    kind,
    text,
    goesOn,
    since: instantText(since),
    ...dateOf("until", until),
    ...(taskRun !== undefined && { taskRun: presentRun(taskRun) }),
    ...(slot !== undefined && { slot: presentSlot(slot) }),
    ...(awaited !== undefined && {
      executions: awaited.map(({ id, row }) => ({
        id,
        ...(row !== undefined && { namespace: row.namespace, flowId: row.flowId, state: row.state }),
      })),
    }),
    ...(condition !== undefined && { condition: presentCondition(condition) }),
  };
}

function presentSlot({ until, holders, ...slot }: NonNullable<Wait["slot"]>) {
  return { ...slot, ...dateOf("until", until), holders: [...holders] };
}

function presentRun({ id, taskId, value, iteration }: NonNullable<Entry["taskRun"]>) {
  return { id, taskId, ...(value !== undefined && { value }), ...(iteration !== undefined && { iteration }) };
}

function presentEvaluation({ at, unmet, ...evaluation }: Evaluation): EvaluationAnswer {
  return { ...evaluation, date: instantText(at), ...(unmet !== undefined && { unmet: presentUnmet(unmet) }) };
}

function presentUnmet({ condition, properties, values, actual, missing }: Unmet): UnmetAnswer {
  return {
    condition,
    ...(properties !== undefined && { properties: { ...properties } }),
    ...(values !== undefined && { values: { ...values } }),
    ...(actual !== undefined && { actual: { ...actual } }),
    ...(missing !== undefined && { missing: [...missing] }),
  };
}

function dateOf<Name extends string>(name: Name, at: number | undefined): { [Key in Name]?: string } {
  return at === undefined ? {} : ({ [name]: instantText(at) } as { [Key in Name]?: string });
}
