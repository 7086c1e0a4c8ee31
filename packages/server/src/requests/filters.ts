import { logLevel } from "@capstan/api";
import { STATES } from "@capstan/model";
import type { ExecutionFilter, FlowFilter, LogFilter, TriggerFilter } from "@capstan/store";
import { Refusal } from "../refusal.ts";
import {
  type Criterion,
  type FieldRule,
  type FieldRules,
  readCriteria,
  readDate,
  readRange,
  readWords,
} from "./criteria.ts";

/** A namespace: flat and PREFIX mean the namespace and those below it, EQUALS the namespace alone. */
const namespace: FieldRule<{ namespace?: string; namespacePrefix?: string }> = {
  flat: "PREFIX",
  operators: ["EQUALS", "PREFIX", "STARTS_WITH"],
  apply(filter, { operator, values }) {
    const value = values[0] ?? "";
    if (operator === "EQUALS") filter.namespace = value;
    else filter.namespacePrefix = value.replace(/\.$/, "");
  },
};

const query: FieldRule<{ query?: string }> = {
  flat: "EQUALS",
  operators: ["EQUALS", "CONTAINS"],
  apply: (filter, { values }) => void (filter.query = values[0] ?? ""),
};

const flowId: FieldRule<{ flowId?: string }> = {
  flat: "EQUALS",
  operators: ["EQUALS"],
  apply: (filter, { values }) => void (filter.flowId = values[0] ?? ""),
};

interface Labelled {
  labels?: readonly { readonly key: string; readonly value: string }[];
}
const labels: FieldRule<Labelled> = {
  flat: "EQUALS",
  operators: ["EQUALS"],
  apply(filter, { key, values }) {
    const added = key === undefined ? values.map(readLabel) : values.map((value) => ({ key, value }));
    filter.labels = [...(filter.labels ?? []), ...added];
  },
};

/** A label written as `key:value`. Throws 422. */
export function readLabel(text: string): { key: string; value: string } {
  const colon = text.indexOf(":");
  if (colon < 1) throw new Refusal("label-invalid", 422, `A label is written key:value, not "${text}"`);
  return { key: text.slice(0, colon), value: text.slice(colon + 1) };
}

function date<Field extends string>(
  after: Field | undefined,
  before: Field | undefined,
  flat: "after" | "before",
): FieldRule<{ [Key in Field]?: number }> {
  return {
    flat: flat === "after" ? "GREATER_THAN_OR_EQUAL_TO" : "LESS_THAN_OR_EQUAL_TO",
    operators: [
      ...(after === undefined ? [] : (["GREATER_THAN_OR_EQUAL_TO", "GREATER_THAN"] as const)),
      ...(before === undefined ? [] : (["LESS_THAN_OR_EQUAL_TO", "LESS_THAN"] as const)),
    ],
    apply(filter, criterion) {
      const field = criterion.operator.startsWith("GREATER") ? after : before;
      if (field !== undefined) Object.assign(filter, { [field]: readDate(criterion) });
    },
  };
}

function words<Filter, Word extends string>(
  allowed: readonly Word[],
  set: (filter: Filter, words: readonly Word[], criterion: Criterion) => void,
  operators: FieldRule<Filter>["operators"] = ["EQUALS", "IN"],
): FieldRule<Filter> {
  return {
    flat: "EQUALS",
    operators,
    apply: (filter, criterion) => set(filter, readWords(criterion, allowed), criterion),
  };
}

/** Where flows live that look after the server itself. */
export const SYSTEM_NAMESPACE = "system";

/** SYSTEM means the system's namespace alone. USER leaves it out where rows are chosen by `scopeOf`, and lists show all. */
const scope: FieldRule<{ namespace?: string; namespacePrefix?: string }> = {
  flat: "EQUALS",
  operators: ["EQUALS", "IN"],
  apply(filter, criterion) {
    const [only, ...others] = new Set(readWords(criterion, ["USER", "SYSTEM"]));
    if (only === "SYSTEM" && others.length === 0 && filter.namespace === undefined)
      filter.namespacePrefix ??= SYSTEM_NAMESPACE;
  },
};

/** Whether a row is within the `scope` of a query, for changes of what matches. */
export function scopeOf(query: object): (row: { readonly namespace: string }) => boolean {
  const values = readCriteria(query, { scope }, { passesOver: true }).flatMap((one) => one.values);
  const isChosen = (word: string) => values.length === 0 || values.includes(word);
  return ({ namespace }) => isChosen(`${namespace}.`.startsWith(`${SYSTEM_NAMESPACE}.`) ? "SYSTEM" : "USER");
}

type Draft<Filter> = { -readonly [Key in keyof Filter]: Filter[Key] };

export const executionRules: FieldRules<ExecutionFilter> = {
  q: query,
  namespace,
  flowId,
  labels,
  scope,
  kind: words<Draft<ExecutionFilter>, "NORMAL" | "TEST" | "PLAYGROUND">(
    ["NORMAL", "TEST", "PLAYGROUND"],
    (filter, [kind]) => {
      if (kind !== undefined) filter.kind = kind;
    },
  ),
  state: words<Draft<ExecutionFilter>, (typeof STATES)[number]>(
    STATES,
    (filter, chosen, { operator }) => {
      const isNegated = operator === "NOT_EQUALS" || operator === "NOT_IN";
      filter.states = isNegated ? STATES.filter((state) => !chosen.includes(state)) : chosen;
    },
    ["EQUALS", "IN", "NOT_EQUALS", "NOT_IN"],
  ),
  startDate: date("startAfter", "startBefore", "after"),
  endDate: date("endAfter", "endBefore", "before"),
  timeRange: {
    flat: "EQUALS",
    operators: ["EQUALS"],
    apply: (filter, criterion, now) => void (filter.startAfter = readRange(criterion, now)),
  },
  triggerExecutionId: {
    flat: "EQUALS",
    operators: ["EQUALS"],
    apply: (filter, { values }) => void (filter.triggerExecutionId = values[0] ?? ""),
  },
  childFilter: words<Draft<ExecutionFilter>, "CHILD" | "MAIN">(["CHILD", "MAIN"], (filter, [which]) => {
    filter.child = which === "CHILD";
  }),
};

export const logRules: FieldRules<LogFilter> = {
  q: query,
  namespace,
  flowId,
  scope,
  triggerId: {
    flat: "EQUALS",
    operators: ["EQUALS"],
    apply: (filter, { values }) => void (filter.triggerId = values[0] ?? ""),
  },
  executionId: {
    flat: "EQUALS",
    operators: ["EQUALS"],
    apply: (filter, { values }) => void (filter.executionId = values[0] ?? ""),
  },
  level: words<Draft<LogFilter>, LogLevel>(
    logLevel.options,
    (filter, levels, { operator }) => {
      const [lowest] = levels;
      if (operator === "GREATER_THAN_OR_EQUAL_TO" && lowest !== undefined) filter.minimumLevel = lowest;
      else filter.levels = levels;
    },
    ["EQUALS", "IN", "GREATER_THAN_OR_EQUAL_TO"],
  ),
  minLevel: words<Draft<LogFilter>, LogLevel>(logLevel.options, (filter, [lowest]) => {
    if (lowest !== undefined) filter.minimumLevel = lowest;
  }),
  startDate: date("after", undefined, "after"),
  endDate: date(undefined, "before", "before"),
  timeRange: {
    flat: "EQUALS",
    operators: ["EQUALS"],
    apply: (filter, criterion, now) => void (filter.after = readRange(criterion, now)),
  },
};
type LogLevel = (typeof logLevel.options)[number];

export const flowRules: FieldRules<FlowFilter> = {
  q: query,
  namespace,
  labels,
  scope,
};

export const triggerRules: FieldRules<TriggerFilter> = {
  q: query,
  namespace,
  flowId,
  scope,
};
