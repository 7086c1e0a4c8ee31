import {
  type AskConditions,
  candidateVariables,
  compileSchedule,
  type ConditionContext,
  explainedHolds,
  dueRun,
  type DueRun,
  triggerHolds,
  recovered,
  type Schedule,
  SCHEDULE_ON_DATES_TYPE,
  startedAnew,
  type Zones,
} from "@capstan/engine";
import {
  type Environment,
  evaluateDeep,
  ExpressionError,
  type LazyMap,
  settle,
  templateCache,
  toPlain,
} from "@capstan/expression";
import type { JsonMap, Trigger } from "@capstan/model";
import type { FlowKey, TriggerRow } from "@capstan/store";
import type { AskedDate } from "../services.ts";
import type { ScheduledFlow, SchedulerParts } from "./scheduler-parts.ts";
import { triggerScope } from "./trigger-scope.ts";

/** What one look at a scheduled trigger came to. */
export type ScheduleStep =
  | { readonly row: TriggerRow; readonly run?: DueRun }
  /** The schedule can't be read, so that there is nothing to wait for. */
  | { readonly mistake: string };

/** Looks at scheduled triggers. Those that are written alike share one compiled schedule. */
export interface Schedules {
  /** Looks at a due trigger once. `anew` forgets missed dates: the trigger was created, enabled or changed. */
  step(entry: StepInput): Promise<ScheduleStep>;
  /** The last date and the next one, whatever was made of them, and what the conditions say of each now. */
  dates(asked: AskedTrigger): Promise<readonly AskedDate[] | { readonly mistake: string }>;
  /** What `trigger` would show for the last date, or for the next one where there was none; empty where there is none at all. */
  sample(asked: AskedTrigger): Promise<{ readonly variables: JsonMap } | { readonly mistake: string }>;
}

/** A trigger in the latest revision of its flow. */
export interface AskedTrigger {
  readonly key: FlowKey;
  readonly flow: ScheduledFlow;
  readonly trigger: Trigger;
}

export interface StepInput extends AskedTrigger {
  readonly row: TriggerRow;
  readonly mayHaveMissed: boolean;
}

/** A schedule that was compiled, and what rows of its triggers remember it by. */
interface Made {
  readonly schedule: Schedule;
  readonly signature: string;
}

/** Different schedules that are kept; a compiled one takes about two kilobytes. */
const SCHEDULES_MAX = 20_000;

const template = templateCache(10_000);

export function createSchedules(parts: SchedulerParts, zones: Zones): Schedules {
  const known = new Map<string, Made>();

  const madeOf = (input: AskedTrigger, environment: Environment): Made | { readonly mistake: string } => {
    const { trigger } = input;
    const isOnDates = trigger.type === SCHEDULE_ON_DATES_TYPE;
    const text = isOnDates ? undefined : textOf(trigger);
    const found = text === undefined ? undefined : known.get(text);
    if (found !== undefined) return found;
    const schedule = compileSchedule(trigger, {
      timeZone: parts.timeZone,
      zones,
      ...(parts.recoverMissedSchedules === undefined ? {} : { recover: parts.recoverMissedSchedules }),
      ...(isOnDates ? { dates: datesOf(input, environment, parts) } : {}),
    });
    if ("mistake" in schedule) return schedule;
    const made = { schedule, signature: signatureOf(trigger) };
    // Dates may be given by an expression, which may give others next time.
    if (text === undefined) return made;
    if (known.size >= SCHEDULES_MAX) known.clear();
    known.set(text, made);
    return made;
  };

  /** What is made of a schedule outside of its steps. */
  const looked = <T>(
    input: AskedTrigger,
    look: (schedule: Schedule, environment: Environment) => T,
  ): Promise<T | { readonly mistake: string }> => {
    const { tenant, namespace, id } = input.key;
    return settle(parts.environment(tenant, namespace, id), (environment) => {
      const made = tryMistake(() => madeOf(input, environment));
      return "mistake" in made ? { mistake: made.mistake } : look(made.schedule, environment);
    });
  };

  return {
    dates: (input) =>
      looked(input, (schedule, environment) => {
        const now = parts.clock.now();
        const dates = [schedule.previous(now + 1), schedule.next(now)].filter((date) => date !== undefined);
        return dates.map((date) => askedDate(input, schedule, date, { environment, parts }));
      }),
    sample: (input) =>
      looked(input, (schedule) => {
        const now = parts.clock.now();
        const date = schedule.previous(now + 1) ?? schedule.next(now);
        const variables = date === undefined ? {} : toPlain(candidateVariables(schedule, date));
        return { variables: variables as JsonMap };
      }),
    step: async (input) => {
      const { trigger, key } = input;
      const isPlain = !isConditional(trigger) && trigger.type !== SCHEDULE_ON_DATES_TYPE;
      const found = isPlain ? known.get(textOf(trigger)) : undefined;
      if (found !== undefined) return stepOnce(input, found, undefined, parts.clock.now());
      const { tenant, namespace, id } = key;
      const environment = parts.environment(tenant, namespace, id);
      return settle(environment, (settling) => {
        const made = tryMistake(() => madeOf(input, settling));
        if ("mistake" in made) return made;
        return stepOnce(input, made, asker(input, settling, parts), parts.clock.now());
      });
    },
  };
}

/** Triggers that are written alike have one schedule. */
function textOf({ type, properties }: Trigger): string {
  return JSON.stringify([type, properties]);
}

function isConditional({ conditions, when }: Trigger): boolean {
  return conditions.length > 0 || when !== undefined;
}

/** What a schedule is made of; another one starts anew. Kept in the row, so that a change is seen after a restart as well. */
function signatureOf({ type, properties }: Trigger): string {
  const { cron, withSeconds, timezone, dates } = properties;
  return JSON.stringify([type, cron, withSeconds, timezone, dates]);
}

function stepOnce(
  input: StepInput,
  { schedule, signature }: Made,
  ask: AskConditions | undefined,
  now: number,
): ScheduleStep {
  const isChanged = input.row.memory?.["schedule"] !== signature;
  const row = { ...input.row, memory: { ...input.row.memory, schedule: signature } };
  if (isChanged) return { row: startedAnew(row, schedule, now, ask) };
  const { state, fire } = dueRun(input.mayHaveMissed ? recovered(row, schedule, now, ask) : row, schedule, now, ask);
  return fire === undefined ? { row: state } : { row: state, run: fire };
}

function asker(input: StepInput, environment: Environment, parts: SchedulerParts): AskConditions {
  const { trigger } = input;
  return (variables) => {
    if (!isConditional(trigger)) return { holds: true };
    return triggerHolds(trigger, contextOf(input, variables, environment, parts));
  };
}

function contextOf(
  { key, flow }: Pick<AskedTrigger, "key" | "flow">,
  variables: LazyMap,
  environment: Environment,
  parts: SchedulerParts,
): ConditionContext {
  const scope = triggerScope(key, flow, variables, environment, parts.globals);
  return { scope, environment, flow: { namespace: key.namespace, id: key.id }, compile: template };
}

function askedDate(
  input: AskedTrigger,
  schedule: Schedule,
  date: number,
  { environment, parts }: { readonly environment: Environment; readonly parts: SchedulerParts },
): AskedDate {
  const context = contextOf(input, candidateVariables(schedule, date), environment, parts);
  return { date, holds: false, ...explainedHolds(input.trigger, context, input.flow.flow.inputs) };
}

function datesOf(
  { key, flow, trigger }: AskedTrigger,
  environment: Environment,
  parts: SchedulerParts,
): readonly string[] {
  const scope = triggerScope(key, flow, {}, environment, parts.globals);
  const dates = evaluateDeep(trigger.properties["dates"], scope, environment, template);
  if (Array.isArray(dates)) return dates.map(String);
  return (JSON.parse(String(dates)) as unknown[]).map(String);
}

function tryMistake<T>(read: () => T): T | { readonly mistake: string } {
  try {
    return read();
  } catch (error) {
    if (error instanceof ExpressionError || error instanceof SyntaxError) return { mistake: error.message };
    throw error;
  }
}
