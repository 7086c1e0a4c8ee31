import { toPlain, toText } from "@capstan/expression";
import type { JsonMap, JsonValue, Trigger } from "@capstan/model";
import { type Hiding, readValues, VALUES_MAX } from "../history/read-values.ts";
import type { ConditionContext } from "./condition.ts";
import { conditionName } from "./condition-name.ts";
import { dateOf } from "./date-conditions.ts";
import { evaluateConditions } from "./evaluate-conditions.ts";

/** A condition of a trigger that does not hold, for people to read: without secrets, and no longer than a few lines. */
export interface UnmetCondition {
  /** Its type without the package, such as `ExecutionStatus`; `when`, or `preconditions` of any kind. */
  readonly condition: string;
  /** Its properties as they are written. */
  readonly properties?: Readonly<Record<string, string>>;
  /** What its expressions read, by their names. */
  readonly values?: Readonly<Record<string, string>>;
  /** What it looked at. */
  readonly actual?: Readonly<Record<string, string>>;
  /** Of preconditions: what has not happened within their window. */
  readonly missing?: readonly string[];
}

/** Characters of a property or a value that is told. */
const TEXT_CHARACTERS_MAX = 200;

/** The first condition of a trigger that does not hold; to be asked with what they were evaluated with. */
export function describeUnmet(
  { conditions, when }: Pick<Trigger, "conditions" | "when">,
  context: ConditionContext,
  hiding: Hiding,
): UnmetCondition {
  const unmet = conditions.find((condition) => {
    const result = evaluateConditions([condition], context);
    return !("holds" in result) || !result.holds;
  });
  const { type, properties } = unmet ?? { type: "when", properties: { when: when ?? "" } };
  const name = conditionName(type);
  const values = Object.assign({}, ...textsIn(properties).map((text) => readValues(text, context.scope, hiding)));
  const actual = actualOf(name, properties, context);
  return {
    condition: name,
    properties: each(properties, hiding),
    ...(Object.keys(values).length === 0 ? {} : { values: first(values) }),
    ...(actual === undefined ? {} : { actual: each(actual, hiding) }),
  };
}

function actualOf(name: string, properties: JsonMap, context: ConditionContext): JsonMap | undefined {
  const { execution } = context;
  if (execution !== undefined) {
    const { id, namespace, flowId, state, labels, outputs } = execution;
    const all: JsonMap = { execution: id, flow: `${namespace}.${flowId}`, state };
    if (name === "ExecutionLabels")
      return { ...all, labels: labels.map(({ key, value }) => `${key}:${value}`).join(", ") };
    if (name === "ExecutionOutputs") return { ...all, outputs: Object.keys(outputs ?? {}).join(", ") };
    return all;
  }
  if (!DATES.has(name)) return undefined;
  const date = dateOf(properties, context);
  return { date: date.toString({ smallestUnit: "second" }), day: DAYS[date.dayOfWeek - 1]! };
}

const DATES: ReadonlySet<string> = new Set([
  "DateTimeBetween",
  "TimeBetween",
  "DayWeek",
  "DayWeekInMonth",
  "Weekend",
  "PublicHoliday",
]);
const DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

/** Texts with expressions, at every depth. */
function textsIn(value: JsonValue): readonly string[] {
  if (typeof value === "string") return value.includes("{") ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((item: JsonValue) => textsIn(item));
}

function each(map: JsonMap, { masking }: Hiding): Readonly<Record<string, string>> {
  const shown = Object.entries(map).map(([key, value]) => [key, cut(masking.mask(toText(toPlain(value))))]);
  return first(Object.fromEntries(shown) as Record<string, string>);
}

function first(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map).slice(0, VALUES_MAX));
}

function cut(text: string): string {
  return text.length > TEXT_CHARACTERS_MAX ? `${text.slice(0, TEXT_CHARACTERS_MAX)}…` : text;
}
