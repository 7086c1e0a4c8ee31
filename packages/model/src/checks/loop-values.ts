import { isAbsent, type SourceNode } from "../document/source-node.ts";
import type { CheckedTask } from "./checked-task.ts";
import { type CheckContext, type Path, report } from "./context.ts";
import { found } from "./schema-issues.ts";

/** Where loops whose values are written out have them. */
const PROPERTIES: Readonly<Record<string, string>> = {
  "io.kestra.plugin.core.flow.ForEach": "values",
  "io.kestra.plugin.core.flow.EachSequential": "value",
  "io.kestra.plugin.core.flow.EachParallel": "value",
};

/** Tells when the values of a loop, as they are written, make it fail. */
export function checkLoopValues(context: CheckContext, { task, node, path }: CheckedTask): void {
  const property = PROPERTIES[task.type];
  const values = property === undefined ? undefined : node.entries.get(property)?.value;
  if (property === undefined || values === undefined) return;
  const at = [...path, property];
  if (values.kind === "scalar") checkText(context, values.text, values, at);
  if (values.kind !== "list") return;
  for (const [index, item] of values.items.entries())
    if (!isValue(item))
      report(context, "loop-value", { place: item, path: [...at, index], hint: remedyFor(item) }, found(item));
}

function remedyFor(item: SourceNode): string | undefined {
  return item.kind === "scalar" && !isAbsent(item) ? "put it in quotes" : undefined;
}

function checkText(context: CheckContext, text: string, place: SourceNode, path: Path): void {
  if (text.includes("{{") || text.includes("{%") || isJsonList(text)) return;
  const hint = "write a list, or an expression that renders to one";
  report(context, "loop-value", { place, path, hint }, `the text "${text.slice(0, 40)}", which is no JSON list`);
}

function isValue(item: SourceNode): boolean {
  if (item.kind !== "scalar") return item.kind === "map";
  if (isAbsent(item)) return false;
  return typeof item.value === "string" || Number.isInteger(item.value);
}

function isJsonList(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}
