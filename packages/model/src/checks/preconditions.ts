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

/** `IN` needs `values`, and all others `value`, but for `IS_NULL` and the like, which may have one. */
function checkFilter(context: CheckContext, filter: MapNode, path: Path): void {
  const type = textOf(filter.entries.get("type")?.value);
  if (type === undefined) return;
  const [wanted, surplus] = LISTS.has(type) ? ["values", "value"] : ["value", "values"];
  if (!ALONE.has(type) && isAbsent(filter.entries.get(wanted)?.value))
    report(context, "missing-property", { place: firstOf(filter, wanted), path: [...path, wanted] }, wanted);
  refuse(context, filter, path, [surplus], type);
}

function refuse(context: CheckContext, node: MapNode, path: Path, keys: readonly string[], type: string): void {
  for (const key of keys) {
    const entry = node.entries.get(key);
    if (entry === undefined || isAbsent(entry.value)) continue;
    report(
      context,
      "invalid-value",
      { place: entry.keyPlace, path: [...path, key] },
      key,
      `has no place in one of type ${type}`,
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
  for (const key of NEEDED[type] ?? [])
    if (isAbsent(window.entries.get(key)?.value))
      report(context, "missing-property", { place: firstOf(window, key), path: [...path, key] }, key);
  refuse(context, window, path, REFUSED[type] ?? [], type);
}
