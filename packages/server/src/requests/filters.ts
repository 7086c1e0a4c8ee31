import { type FilteredBy, logLevel } from "@capstan/api";
import { STATES } from "@capstan/model";
import {
  type ExecutionFilter,
  type FlowFilter,
  type KeyValueFilter,
  type LogFilter,
  passesAll,
  type TextDemand,
  type TriggerFilter,
} from "@capstan/store";
import { Refusal } from "../refusal.ts";
import type { FieldRule, FieldRules } from "./criteria.ts";
import {
  chosenOf,
  date,
  eitherOr,
  flowId,
  freeText,
  labels,
  namespace,
  scope,
  severalTexts,
  text,
  timeRange,
  words,
} from "./field-rules.ts";

/** The bounds that `startDate` and `endDate` are about, where the parameter `dateFilter` says so. Throws 400. */
function datesOf<Bound extends string>(
  dateFilter: unknown,
  known: Readonly<Record<string, readonly [after: Bound, before: Bound]>>,
): readonly [after: Bound, before: Bound] | undefined {
  if (dateFilter === undefined || dateFilter === "") return undefined;
  const found = Object.entries(known).find(([name]) => name === dateFilter)?.[1];
  if (found !== undefined) return found;
  const names = Object.keys(known).join(", ");
  throw new Refusal("filter-value", `dateFilter can't be "${String(dateFilter)}"; it is one of ${names}`);
}

/** Without `dateFilter`, `startDate` is about the starts of executions and `endDate` about their ends. */
export function executionRules(dateFilter?: unknown): FieldRules<ExecutionFilter> {
  const bounds = datesOf<"startAfter" | "startBefore" | "endAfter" | "endBefore">(dateFilter, {
    START_DATE: ["startAfter", "startBefore"],
    END_DATE: ["endAfter", "endBefore"],
  });
  if (bounds === undefined) return EXECUTION_RULES;
  return {
    ...EXECUTION_RULES,
    startDate: date(...bounds, "GREATER_THAN_OR_EQUAL_TO"),
    endDate: date(...bounds, "LESS_THAN_OR_EQUAL_TO"),
    timeRange: timeRange(bounds[0]),
  };
}

const EXECUTION_RULES: FieldRules<ExecutionFilter> = {
  q: freeText<ExecutionFilter>("id", "namespace", "flowId"),
  scope,
  namespace,
  flowId: flowId<ExecutionFilter>("flowId", "flowId"),
  kind: words("kinds", ["NORMAL", "TEST", "PLAYGROUND"]),
  labels,
  state: words("states", STATES),
  startDate: date("startAfter", "startBefore", "GREATER_THAN_OR_EQUAL_TO"),
  endDate: date("endAfter", "endBefore", "LESS_THAN_OR_EQUAL_TO"),
  timeRange: timeRange("startAfter"),
  triggerExecutionId: text<ExecutionFilter>("triggerExecutionId", "triggerExecutionId"),
  childFilter: eitherOr("child", "CHILD", "MAIN"),
};

type LogLevel = (typeof logLevel.options)[number];
const LEVELS = logLevel.options;

/** A level stands for itself and what is graver. */
function minimumLevel(filter: { minimumLevel?: LogLevel }, level: LogLevel): void {
  const before = filter.minimumLevel;
  if (before === undefined || LEVELS.indexOf(level) > LEVELS.indexOf(before)) filter.minimumLevel = level;
}

/** EQUALS means the level and what is graver, as minLevel does; NOT_EQUALS the rest. IN names levels, also a single one. */
const level: FieldRule<LogFilter> = {
  flat: "EQUALS",
  operators: ["EQUALS", "NOT_EQUALS", "GREATER_THAN_OR_EQUAL_TO", "IN", "NOT_IN"],
  apply(filter, criterion) {
    const { operator } = criterion;
    const before = filter.levels ?? LEVELS;
    if (operator === "IN" || operator === "NOT_IN") {
      const chosen = chosenOf(criterion, LEVELS);
      filter.levels = before.filter((one) => chosen.includes(one));
      return;
    }
    for (const one of chosenOf({ ...criterion, operator: "IN" }, LEVELS))
      if (operator === "NOT_EQUALS") filter.levels = before.slice(0, LEVELS.indexOf(one));
      else minimumLevel(filter, one);
  },
};

/** Free text in messages. */
const message: FieldRule<LogFilter> = {
  flat: "CONTAINS",
  operators: ["EQUALS", "NOT_EQUALS", "CONTAINS"],
  apply(filter, { field, operator, values }) {
    const [wanted = "", ...others] = values;
    const property = operator === "NOT_EQUALS" ? "withoutText" : "query";
    if (others.length > 0 || filter[property] !== undefined) throw severalTexts(field);
    filter[property] = wanted;
  },
};

export const logRules: FieldRules<LogFilter> = {
  q: message,
  scope,
  namespace,
  flowId: flowId<LogFilter>("flowId", "flowId"),
  triggerId: text<LogFilter>("triggerId", "triggerId"),
  executionId: text<LogFilter>("executionId", "executionId"),
  taskId: text<LogFilter>("taskId"),
  taskRunId: text<LogFilter>("taskRunId", "taskRunId"),
  level,
  minLevel: level,
  startDate: date("after", "before", "GREATER_THAN_OR_EQUAL_TO"),
  endDate: date("after", "before", "LESS_THAN_OR_EQUAL_TO"),
  timeRange: timeRange("after"),
};

export const flowRules: FieldRules<FlowFilter> = {
  q: freeText<FlowFilter>("id", "namespace"),
  scope,
  namespace,
  labels,
  flowId: flowId<FlowFilter>("id"),
};

/** One process does all work: a trigger is with no other worker. */
const workerId: FieldRule<TriggerFilter> = {
  flat: "EQUALS",
  operators: text<TriggerFilter>("triggerId").operators,
  apply(filter, { operator }) {
    if (operator === "NOT_EQUALS" || operator === "NOT_IN") return;
    filter.texts = [...(filter.texts ?? []), { field: "triggerId", operator: "IN", values: [] }];
  },
};

/** Without `dateFilter`, dates are those at which triggers are next due. */
export function triggerRules(dateFilter?: unknown): FieldRules<TriggerFilter> {
  const [after, before] = datesOf<"nextAfter" | "nextBefore" | "lastAfter" | "lastBefore">(dateFilter, {
    NEXT_EXECUTION_DATE: ["nextAfter", "nextBefore"],
    LAST_TRIGGERED_DATE: ["lastAfter", "lastBefore"],
  }) ?? ["nextAfter", "nextBefore"];
  return {
    q: freeText<TriggerFilter>("triggerId", "flowId", "namespace"),
    scope,
    namespace,
    flowId: flowId<TriggerFilter>("flowId", "flowId"),
    triggerId: text<TriggerFilter>("triggerId"),
    workerId,
    triggerState: eitherOr("disabled", "DISABLED", "ENABLED"),
    locked: eitherOr("locked", "true", "false"),
    startDate: date(after, before, "GREATER_THAN_OR_EQUAL_TO"),
    endDate: date(after, before, "LESS_THAN_OR_EQUAL_TO"),
    timeRange: timeRange(after),
    nextExecutionDate: date("nextAfter", "nextBefore", "GREATER_THAN_OR_EQUAL_TO"),
    lastTriggeredDate: date("lastAfter", "lastBefore", "GREATER_THAN_OR_EQUAL_TO"),
  };
}

export const keyValueRules: FieldRules<KeyValueFilter> = {
  q: freeText<KeyValueFilter>("key", "namespace"),
  namespace: { ...namespace, flat: "EQUALS" },
  key: text<KeyValueFilter>("key"),
  updated: date("updatedAfter", "updatedBefore", "GREATER_THAN_OR_EQUAL_TO"),
};

/** What is filtered here, because it is in memory. */
export interface NameFilter {
  readonly tenant: string;
  readonly query?: string;
  readonly texts?: readonly TextDemand<"name">[];
}

export function passesName(name: string, { query = "", texts }: NameFilter): boolean {
  return name.toLowerCase().includes(query.toLowerCase()) && passesAll({ name }, texts);
}

/** Lists of names: plugins, secrets. */
export const nameRules: FieldRules<NameFilter> = { q: freeText<NameFilter>("name") };

/** Every namespace has all secrets, so that the one that is asked for changes nothing. */
export const secretRules: FieldRules<NameFilter> = {
  ...nameRules,
  namespace: { ...namespace, flat: "EQUALS", apply: () => {} },
};

export interface NamespaceFilter extends NameFilter {
  /** Only those that hold flows themselves. */
  readonly existing?: boolean;
}

export const namespaceRules: FieldRules<NamespaceFilter> = {
  ...nameRules,
  existing: eitherOr("existing", "true", "false"),
  existingOnly: eitherOr("existing", "true", "false"),
};

/** What each kind of list can be asked for: the operators of each field, and what a flat parameter means. */
export const FILTERS: Readonly<
  Record<FilteredBy, Readonly<Record<string, Pick<FieldRule<never>, "flat" | "operators">>>>
> = {
  execution: EXECUTION_RULES,
  flow: flowRules,
  log: logRules,
  trigger: triggerRules(),
  keyValue: keyValueRules,
  secret: secretRules,
  namespace: namespaceRules,
  name: nameRules,
};
