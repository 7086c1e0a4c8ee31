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
} from "@capstan/expression";
import type { Trigger } from "@capstan/model";
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
  dates(entry: Omit<StepInput, "mayHaveMissed">): Promise<readonly AskedDate[] | { readonly mistake: string }>;
}

export interface StepInput {
  readonly row: TriggerRow;
  readonly key: FlowKey;
  readonly flow: ScheduledFlow;
  readonly trigger: Trigger;
  readonly mayHaveMissed: boolean;
}

/** Different schedules that are kept; a compiled one takes about two kilobytes. */
const SCHEDULES_MAX = 20_000;

const template = templateCache(10_000);

export function createSchedules(parts: SchedulerParts, zones: Zones): Schedules {
  const compiled = new WeakMap<Trigger, Schedule>();
  const byText = new Map<string, Schedule>();

  const scheduleOf = (input: StepInput, environment: Environment): Schedule | { readonly mistake: string } => {
    const { trigger } = input;
    const isOnDates = trigger.type === SCHEDULE_ON_DATES_TYPE;
    const text = JSON.stringify([trigger.type, trigger.properties]);
    const found = isOnDates ? undefined : byText.get(text);
    if (found !== undefined) {
      compiled.set(trigger, found);
      return found;
    }
    const schedule = compileSchedule(trigger, {
      timeZone: parts.timeZone,
      zones,
      ...(parts.recoverMissedSchedules === undefined ? {} : { recover: parts.recoverMissedSchedules }),
      ...(isOnDates ? { dates: datesOf(input, environment, parts) } : {}),
    });
    // Dates may be given by an expression, which may give others next time.
    if (!isOnDates && !("mistake" in schedule)) {
      if (byText.size >= SCHEDULES_MAX) byText.clear();
      byText.set(text, schedule);
      compiled.set(trigger, schedule);
    }
    return schedule;
  };

  return {
    dates: (input) => {
      const { tenant, namespace, id } = input.key;
      return settle(parts.environment(tenant, namespace, id), (environment) => {
        const schedule = tryMistake(() => scheduleOf({ ...input, mayHaveMissed: false }, environment));
        if ("mistake" in schedule) return { mistake: schedule.mistake };
        const now = parts.clock.now();
        const dates = [schedule.previous(now + 1), schedule.next(now)].filter((date) => date !== undefined);
        return dates.map((date) => askedDate(input, schedule, date, { environment, parts }));
      });
    },
    step: async (input) => {
      const { trigger, key } = input;
      const isPlain = trigger.conditions.length === 0 && trigger.when === undefined;
      const known = isPlain ? compiled.get(trigger) : undefined;
      if (known !== undefined) return stepOnce(input, known, undefined, parts.clock.now());
      const { tenant, namespace, id } = key;
      const environment = parts.environment(tenant, namespace, id);
      return settle(environment, (settling) => {
        const schedule = tryMistake(() => scheduleOf(input, settling));
        if ("mistake" in schedule) return schedule;
        return stepOnce(input, schedule, asker(input, settling, parts), parts.clock.now());
      });
    },
  };
}

/** What a schedule is made of; another one starts anew. Kept in the row, so that a change is seen after a restart as well. */
export function signatureOf({ type, properties }: Trigger): string {
  const { cron, withSeconds, timezone, dates } = properties;
  return JSON.stringify([type, cron, withSeconds, timezone, dates]);
}

function stepOnce(input: StepInput, schedule: Schedule, ask: AskConditions | undefined, now: number): ScheduleStep {
  const signature = signatureOf(input.trigger);
  const isChanged = input.row.memory?.["schedule"] !== signature;
  const row = { ...input.row, memory: { ...input.row.memory, schedule: signature } };
  if (isChanged) return { row: startedAnew(row, schedule, now, ask) };
  const { state, fire } = dueRun(input.mayHaveMissed ? recovered(row, schedule, now, ask) : row, schedule, now, ask);
  return fire === undefined ? { row: state } : { row: state, run: fire };
}

function asker(input: StepInput, environment: Environment, parts: SchedulerParts): AskConditions {
  const { trigger } = input;
  return (variables) => {
    if (trigger.conditions.length === 0 && trigger.when === undefined) return { holds: true };
    return triggerHolds(trigger, contextOf(input, variables, environment, parts));
  };
}

function contextOf(
  { key, flow }: Pick<StepInput, "key" | "flow">,
  variables: LazyMap,
  environment: Environment,
  parts: SchedulerParts,
): ConditionContext {
  const scope = triggerScope(key, flow, variables, environment, parts.globals);
  return { scope, environment, flow: { namespace: key.namespace, id: key.id }, compile: template };
}

function askedDate(
  input: Omit<StepInput, "mayHaveMissed">,
  schedule: Schedule,
  date: number,
  { environment, parts }: { readonly environment: Environment; readonly parts: SchedulerParts },
): AskedDate {
  const context = contextOf(input, candidateVariables(schedule, date), environment, parts);
  return { date, holds: false, ...explainedHolds(input.trigger, context, input.flow.flow.inputs) };
}

function datesOf(
  { key, flow, trigger }: StepInput,
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
