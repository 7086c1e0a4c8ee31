import { ExpressionError, isTruthyText, matchesPattern, type Scope, scopeOf } from "@capstan/expression";
import type { JsonMap, JsonValue } from "@capstan/model";
import { type ConditionContext, ConditionFailure, type UpstreamExecution } from "../conditions/condition.ts";
import { labelsOf, render } from "../conditions/read-property.ts";
import { labelMap } from "../execution/label-map.ts";
import type { Gathering } from "./marks.ts";

/** What a Flow trigger waits for besides its conditions, and which parts of it the present execution meets. */
export interface Waiting {
  readonly gathering: Gathering;
  readonly met: readonly string[];
}

/** `preconditions` of a Flow trigger: entries of `flows` by their position, those of `where` by their id. */
export function preconditionsOf(preconditions: JsonMap, context: ConditionContext): Waiting {
  const flows = maps(preconditions["flows"]).map((flow) => () => meetsFlow(flow, context));
  const where = maps(preconditions["where"]).map((group) => () => meetsFilters(group, context));
  const meets = [...flows, ...where];
  const gathering = gatheringOfPreconditions(preconditions);
  return { gathering, met: gathering.entries.filter((_, position) => meets[position]!()) };
}

export function gatheringOfPreconditions(preconditions: JsonMap): Gathering {
  const entries = [
    ...maps(preconditions["flows"]).map((_, index) => `flow:${index}`),
    ...maps(preconditions["where"]).map((group) => `where:${String(group["id"])}`),
  ];
  return {
    id: String(preconditions["id"]),
    entries,
    needed: entries.length,
    timeWindow: (preconditions["timeWindow"] ?? {}) as JsonMap,
    resetOnSuccess: preconditions["resetOnSuccess"] !== false,
  };
}

/** Names in the memory of a trigger what `dependsOn` gathers. */
export const DEPENDS_ON = "dependsOn";

/** `dependsOn`, the 2.0 spelling: `mode` says how many of the flows are enough. */
export function dependenciesOf(properties: JsonMap, context: ConditionContext): Waiting {
  const flows = maps(properties["dependsOn"]);
  const seen = { ...context, scope: upstreamScope(context) };
  return {
    gathering: gatheringOfDependencies(properties),
    met: flows.flatMap((flow, index) => (meetsFlow(flow, seen) ? [`flow:${index}`] : [])),
  };
}

export function gatheringOfDependencies(properties: JsonMap): Gathering {
  const flows = maps(properties["dependsOn"]);
  const mode = properties["mode"] ?? "ALL";
  const atLeast = mode === "AT_LEAST" ? Number(properties["minSatisfied"] ?? 1) : flows.length;
  const window = properties["window"] ?? {};
  return {
    id: DEPENDS_ON,
    entries: flows.map((_, index) => `flow:${index}`),
    needed: mode === "ANY" ? 1 : atLeast,
    timeWindow: typeof window === "string" ? { type: "SLIDING_WINDOW", window } : windowOf(window as JsonMap),
    resetOnSuccess: (window as JsonMap)["fireOnce"] !== false,
  };
}

/** What `when` of a Flow trigger sees of the execution by itself, and not by `trigger`. */
export function upstreamScope(context: ConditionContext): Scope {
  const { namespace, flowId, state, labels, outputs, attempts } = upstream(context);
  const values = { namespace, flowId, state, labels: labelMap(labels), outputs: outputs ?? {} };
  const scope = scopeOf(values, context.scope);
  const hasRetryAttempt = () => [...(attempts?.() ?? [])].some((states) => states.length > 1);
  return {
    get: (name) => (name === "hasRetryAttempt" ? hasRetryAttempt() : scope.get(name)),
    keys: () => new Set([...scope.keys(), "hasRetryAttempt"]),
  };
}

/** The kind of a `window` follows from what it names. */
function windowOf({ deadline, from, to, every, offset, lookback, timezone }: JsonMap): JsonMap {
  const zone = timezone === undefined ? {} : { timezone };
  if (deadline !== undefined) return { type: "DAILY_TIME_DEADLINE", deadline, ...zone };
  if (from !== undefined && to !== undefined)
    return { type: "DAILY_TIME_WINDOW", startTime: from, endTime: to, ...zone };
  if (lookback !== undefined) return { type: "SLIDING_WINDOW", window: lookback };
  return {
    ...(every === undefined ? {} : { window: every }),
    ...(offset === undefined ? {} : { windowAdvance: offset }),
    ...zone,
  };
}

function meetsFlow(flow: JsonMap, context: ConditionContext): boolean {
  const { namespace, flowId, state, labels } = upstream(context);
  const { states, when } = flow;
  return (
    (flow["namespace"] === undefined || flow["namespace"] === namespace) &&
    (flow["flowId"] === undefined || flow["flowId"] === flowId) &&
    (!Array.isArray(states) || states.includes(state)) &&
    labelsOf(flow["labels"], context).every((wanted) =>
      labels.some((label) => label.key === wanted.key && label.value === wanted.value),
    ) &&
    (typeof when !== "string" || isTruthyText(render(when, context)))
  );
}

function meetsFilters(group: JsonMap, context: ConditionContext): boolean {
  const filters = maps(group["filters"]);
  const meets = (filter: JsonMap) => meetsFilter(filter, context);
  return group["operand"] === "OR" ? filters.some(meets) : filters.every(meets);
}

function meetsFilter(filter: JsonMap, context: ConditionContext): boolean {
  const subject = subjectOf(filter, context);
  const text = subject ?? "";
  const value = String(filter["value"] ?? "");
  const values = Array.isArray(filter["values"]) ? (filter["values"] as readonly JsonValue[]).map(String) : [];
  switch (filter["type"]) {
    case "EQUAL_TO":
      return text === value;
    case "NOT_EQUAL_TO":
      return text !== value;
    case "IN":
      return values.includes(text);
    case "NOT_IN":
      return !values.includes(text);
    case "IS_TRUE":
      return isTruthyText(text);
    case "IS_FALSE":
      return !isTruthyText(text);
    case "IS_NULL":
      return subject === undefined || subject === "";
    case "IS_NOT_NULL":
      return subject !== undefined && subject !== "";
    case "STARTS_WITH":
      return text.startsWith(value);
    case "ENDS_WITH":
      return text.endsWith(value);
    case "REGEX":
      return matchesWhole(value, text);
    case "CONTAINS":
      return text.includes(value);
    default:
      throw new ConditionFailure(`\`${String(filter["type"])}\` is no type of filter`);
  }
}

/** The text that a filter looks at. An EXPRESSION is the filter's own value; what it names may be missing. */
function subjectOf(filter: JsonMap, context: ConditionContext): string | undefined {
  const { namespace, flowId, state } = upstream(context);
  switch (filter["field"]) {
    case "FLOW_ID":
      return flowId;
    case "NAMESPACE":
      return namespace;
    case "STATE":
      return state;
    case "EXPRESSION":
      return renderOrUndefined(String(filter["value"] ?? ""), context);
    default:
      throw new ConditionFailure(`\`${String(filter["field"])}\` is no field of a filter`);
  }
}

function renderOrUndefined(expression: string, context: ConditionContext): string | undefined {
  try {
    return render(expression, context);
  } catch (error) {
    if (error instanceof ExpressionError && error.code === "UNDEFINED") return undefined;
    throw error;
  }
}

function matchesWhole(pattern: string, text: string): boolean {
  try {
    return matchesPattern(pattern, text);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const reason = error.code === "LIMIT" ? "takes too long on this value" : "is no regular expression";
    throw new ConditionFailure(`\`${pattern}\` ${reason}`);
  }
}

function upstream(context: ConditionContext): UpstreamExecution {
  if (context.execution === undefined) throw new ConditionFailure("there is no execution to look at");
  return context.execution;
}

function maps(value: JsonValue | undefined): readonly JsonMap[] {
  return Array.isArray(value) ? (value as readonly JsonMap[]) : [];
}
