import { isAbsent, itemsAt, type MapNode, mapAt, textOf } from "../document/source-node.ts";
import { type CheckContext, type Path, report } from "./context.ts";
import { firstOf } from "./schema-issues.ts";

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

/** `IN` needs `values`, `IS_NULL` nothing, and all others `value`. */
function checkFilter(context: CheckContext, filter: MapNode, path: Path): void {
  const type = textOf(filter.entries.get("type")?.value);
  if (type === undefined) return;
  const wanted = ALONE.has(type) ? undefined : LISTS.has(type) ? "values" : "value";
  if (wanted !== undefined && isAbsent(filter.entries.get(wanted)?.value))
    report(context, "missing-property", { place: firstOf(filter, wanted), path: [...path, wanted] }, wanted);
  for (const key of ["value", "values"]) {
    const entry = filter.entries.get(key);
    if (key === wanted || entry === undefined || isAbsent(entry.value)) continue;
    const reason = `has no effect with type ${type}`;
    report(context, "invalid-value", { place: entry.keyPlace, path: [...path, key], severity: "warning" }, key, reason);
  }
}

const NEEDED: Readonly<Record<string, readonly string[]>> = {
  DAILY_TIME_DEADLINE: ["deadline"],
  DAILY_TIME_WINDOW: ["startTime", "endTime"],
};

function checkWindow(context: CheckContext, window: MapNode, path: Path): void {
  for (const key of NEEDED[textOf(window.entries.get("type")?.value) ?? ""] ?? [])
    if (isAbsent(window.entries.get(key)?.value))
      report(context, "missing-property", { place: firstOf(window, key), path: [...path, key] }, key);
}
