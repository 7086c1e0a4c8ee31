import type { JsonMap, JsonValue, Trigger } from "@capstan/model";

interface Named {
  readonly namespace: string;
  readonly id: string;
}

/** What a definition says of executions of a flow; undefined where that depends on the execution. */
type Verdict = boolean | undefined;

/**
 * Whether an execution of one flow may start the flow of a Flow trigger, as far as definitions tell. States, labels, dates and
 * expressions count as met, as in Kestra's map of flows: a trigger that names no flow is one for all.
 */
export function mayFire(
  { conditions, properties }: Pick<Trigger, "conditions" | "properties">,
  source: Named,
  own: Named,
): boolean {
  const { preconditions, dependsOn } = properties;
  const gathered = (preconditions ?? {}) as JsonMap;
  return (
    conditions.every(({ type, properties: given }) => verdictOf(type, given, source, own) !== false) &&
    isAnyOf(gathered["flows"], (flow) => isFlow(flow, source)) &&
    isAnyOf(gathered["where"], (group) => passesFilters(group, source)) &&
    isAnyOf(dependsOn, (flow) => isFlow(flow, source))
  );
}

/** Whether one of them may be met; also when there are none. */
function isAnyOf(list: JsonValue | undefined, verdict: (entry: JsonMap) => Verdict): boolean {
  const entries = Array.isArray(list) ? (list as readonly JsonMap[]) : [];
  return entries.length === 0 || entries.some((entry) => verdict(entry) !== false);
}

function isFlow({ namespace, flowId }: JsonMap, source: Named): Verdict {
  return both(
    isText(namespace, (text) => text === source.namespace),
    isText(flowId, (text) => text === source.id),
  );
}

function verdictOf(type: string, given: JsonMap, source: Named, own: Named): Verdict {
  const nested = (value: JsonValue | undefined) =>
    Object.values((value ?? {}) as JsonMap).map((one) =>
      verdictOf(String((one as JsonMap)["type"]), one as JsonMap, source, own),
    );
  switch (
    type
      .split(".")
      .at(-1)!
      .replace(/Condition$/, "")
  ) {
    case "ExecutionFlow":
      return isFlow(given, source);
    case "ExecutionNamespace":
      return isText(given["namespace"], (text) => isNamespace(given, source.namespace, text));
    case "Flow":
      return isFlow(given, own);
    case "FlowNamespace":
      return isText(given["namespace"], (text) => isNamespace(given, own.namespace, text));
    case "Not":
      return inverted(anyOf(nested(given["conditions"])));
    case "Or":
      return anyOf(nested(given["conditions"]));
    case "Multiple":
      return anyOf(nested(given["conditions"]).filter((verdict) => verdict !== undefined));
    default:
      return undefined;
  }
}

function isNamespace({ prefix, comparison }: JsonMap, namespace: string, wanted: string): boolean {
  if (comparison === "SUFFIX") return namespace.endsWith(wanted);
  return prefix === true || comparison === "PREFIX" ? namespace.startsWith(wanted) : namespace === wanted;
}

function passesFilters({ filters, operand }: JsonMap, source: Named): Verdict {
  const verdicts = (Array.isArray(filters) ? (filters as readonly JsonMap[]) : []).map((one) => passes(one, source));
  if (operand === "OR") return anyOf(verdicts);
  return verdicts.includes(false) ? false : undefined;
}

function passes({ field, type, value, values }: JsonMap, { namespace, id }: Named): Verdict {
  const subject = field === "NAMESPACE" ? namespace : field === "FLOW_ID" ? id : undefined;
  if (subject === undefined) return undefined;
  const list = Array.isArray(values) ? (values as readonly JsonValue[]) : [];
  switch (type) {
    case "EQUAL_TO":
      return isText(value, (text) => text === subject);
    case "NOT_EQUAL_TO":
      return isText(value, (text) => text !== subject);
    case "IN":
      return list.includes(subject);
    case "NOT_IN":
      return !list.includes(subject);
    case "STARTS_WITH":
      return isText(value, (text) => subject.startsWith(text));
    case "ENDS_WITH":
      return isText(value, (text) => subject.endsWith(text));
    case "CONTAINS":
      return isText(value, (text) => subject.includes(text));
    default:
      return undefined;
  }
}

/** Only a text without an expression says something of itself. */
function isText(value: JsonValue | undefined, test: (text: string) => boolean): Verdict {
  return typeof value === "string" && !value.includes("{{") ? test(value) : undefined;
}

function both(one: Verdict, other: Verdict): Verdict {
  if (one === false || other === false) return false;
  return one === true && other === true ? true : undefined;
}

function anyOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(true)) return true;
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === false) ? false : undefined;
}

function inverted(verdict: Verdict): Verdict {
  return verdict === undefined ? undefined : !verdict;
}
