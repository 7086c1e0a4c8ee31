const PREFIXES = ["io.kestra.plugin.core.condition.", "io.kestra.core.models.conditions.types.", "core.condition."];

/** Names of 0.21 that are no more than the current name with `Condition` behind it. */
const RENAMED: Readonly<Record<string, string>> = { VariableCondition: "Expression" };

/** Names that keep their ending. */
const WHOLE: ReadonlySet<string> = new Set(["FlowCondition", "FlowNamespaceCondition", "MultipleCondition"]);

/** The short current name of a condition (`DayWeek`), from any name that flows use for it. */
export function conditionName(type: string): string {
  const prefix = PREFIXES.find((candidate) => type.startsWith(candidate));
  if (prefix === undefined) return type;
  const name = type.slice(prefix.length);
  if (WHOLE.has(name)) return name;
  return RENAMED[name] ?? name.replace(/Condition$/u, "");
}
