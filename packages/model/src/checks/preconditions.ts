import { isAbsent, itemsAt, type MapNode, mapAt, textOf } from "../document/source-node.ts";
import { type CheckContext, type Path, report } from "./context.ts";
import { firstOf } from "./schema-issues.ts";
import { checkTimeZone } from "./time-zone.ts";

const LISTS = new Set(["IN", "NOT_IN"]);
const ALONE = new Set(["IS_TRUE", "IS_FALSE", "IS_NULL", "IS_NOT_NULL"]);

/** What the fields of a Flow trigger's preconditions demand of each other. */
export function checkPreconditionFields(context: CheckContext, preconditions: MapNode, path: Path): void {
  for (const [index, where] of itemsAt(preconditions, "where").entries()) {
    if (where.kind !== "map") continue;
    for (const [position, filter] of itemsAt(where, "filters").entries())
      if (filter.kind === "map") checkFilter(context, filter, [...path, "where", index, "filters", position]);
  }
  const timeWindow = mapAt(preconditions, "timeWindow");
  if (timeWindow !== undefined) checkWindow(context, timeWindow, [...path, "timeWindow"]);
}

/** `IN` needs `values`, and all others `value`, but for `IS_NULL` and the like, which may have one. */
function checkFilter(context: CheckContext, filter: MapNode, path: Path): void {
  const type = textOf(filter.entries.get("type")?.value);
  if (type === undefined) return;
  const [wanted, surplus] = LISTS.has(type) ? ["values", "value"] : ["value", "values"];
  if (!ALONE.has(type) && isAbsent(filter.entries.get(wanted)?.value))
    report(context, "missing-property", { place: firstOf(filter, wanted), path: [...path, wanted] }, wanted);
  refuse(context, filter, path, [surplus], `of type ${type}`);
}

function refuse(context: CheckContext, node: MapNode, path: Path, keys: readonly string[], kind: string): void {
  for (const key of keys) {
    const entry = node.entries.get(key);
    if (entry === undefined || isAbsent(entry.value)) continue;
    report(
      context,
      "invalid-value",
      { place: entry.keyPlace, path: [...path, key] },
      key,
      `has no place in one ${kind}`,
    );
  }
}

const NEEDED: Readonly<Record<string, readonly string[]>> = {
  DAILY_TIME_DEADLINE: ["deadline"],
  DAILY_TIME_WINDOW: ["startTime", "endTime"],
};

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  DAILY_TIME_DEADLINE: ["window", "windowAdvance", "startTime", "endTime"],
  DAILY_TIME_WINDOW: ["window", "windowAdvance", "deadline"],
  DURATION_WINDOW: ["deadline", "startTime", "endTime"],
  SLIDING_WINDOW: ["windowAdvance", "deadline", "startTime", "endTime"],
};

function checkWindow(context: CheckContext, window: MapNode, path: Path): void {
  const type = textOf(window.entries.get("type")?.value) ?? "DURATION_WINDOW";
  for (const key of NEEDED[type] ?? []) need(context, window, path, key);
  refuse(context, window, path, REFUSED[type] ?? [], `of type ${type}`);
}

/** Fields of a `window` that belong together; those of two kinds have no place in one. */
const KINDS: readonly (readonly string[])[] = [["deadline"], ["from", "to"], ["lookback"], ["every", "offset"]];

/** What the fields beside `dependsOn` demand of each other. */
export function checkDependencyFields(context: CheckContext, trigger: MapNode, path: Path): void {
  if (textOf(trigger.entries.get("mode")?.value) === "AT_LEAST") checkMinimum(context, trigger, path);
  const window = mapAt(trigger, "window");
  if (window === undefined) return;
  const at = [...path, "window"];
  const kinds = KINDS.filter((keys) => keys.some((key) => !isAbsent(window.entries.get(key)?.value)));
  for (const key of kinds.slice(1).flat()) refuse(context, window, at, [key], `with \`${kinds[0]![0]}\``);
  if (kinds[0]?.[0] === "from") for (const key of kinds[0]) need(context, window, at, key);
  const zone = window.entries.get("timezone")?.value;
  if (zone !== undefined) checkTimeZone(context, zone, [...at, "timezone"]);
}

function checkMinimum(context: CheckContext, trigger: MapNode, path: Path): void {
  need(context, trigger, path, "minSatisfied");
  const place = trigger.entries.get("minSatisfied")?.value;
  const count = itemsAt(trigger, "dependsOn").length;
  if (place === undefined || count === 0 || !(Number(textOf(place)) > count)) return;
  const message = `is more than the ${count} that \`dependsOn\` names, so that it never holds`;
  report(context, "invalid-value", { place, path: [...path, "minSatisfied"] }, "minSatisfied", message);
}

function need(context: CheckContext, node: MapNode, path: Path, key: string): void {
  if (isAbsent(node.entries.get(key)?.value))
    report(context, "missing-property", { place: firstOf(node, key), path: [...path, key] }, key);
}
