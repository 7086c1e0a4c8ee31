import type { MapNode } from "../document/source-node.ts";
import { ID_LENGTHS, PATTERNS } from "../schemas/common.ts";
import { type CheckContext, type Path, report } from "./context.ts";

/** Words that the API uses where a flow's id stands. */
const RESERVED = new Set([
  "pause",
  "resume",
  "force-run",
  "change-status",
  "kill",
  "executions",
  "search",
  "source",
  "disable",
  "enable",
]);

const REGEXES = {
  flowId: new RegExp(`${PATTERNS.flowId}$`),
  namespace: new RegExp(`${PATTERNS.namespace}$`),
  taskId: new RegExp(`${PATTERNS.taskId}$`),
  inputId: new RegExp(`${PATTERNS.inputId}$`),
};

/** Checks the characters and length of an id that is present; answers it, or an empty text. */
export function checkId(
  context: CheckContext,
  node: MapNode,
  key: string,
  path: Path,
  pattern: keyof typeof PATTERNS,
): string {
  const value = node.entries.get(key)?.value;
  if (value?.kind !== "scalar" || value.value === null) return "";
  const text = value.text;
  const finding = { place: value, path: [...path, key] };
  if (!REGEXES[pattern].test(text)) {
    const hint = suggestion(text, pattern);
    report(context, "invalid-id", { ...finding, hint }, key, text, PATTERNS[pattern]);
  } else if (text.length > ID_LENGTHS[pattern])
    report(context, "invalid-value", finding, key, `must have at most ${ID_LENGTHS[pattern]} characters`);
  else if (pattern === "flowId" && context.reservedIds !== false && RESERVED.has(text)) {
    const severity = context.reservedIds === true ? "error" : "warning";
    report(context, "reserved-id", { ...finding, severity }, text);
  }
  return text;
}

function suggestion(text: string, pattern: keyof typeof PATTERNS): string | undefined {
  if (text === "") return "it must not be empty";
  const lower = pattern === "namespace" ? text.toLowerCase() : text;
  const allowed = pattern === "taskId" ? /[^a-zA-Z0-9_-]+/g : /[^a-zA-Z0-9._-]+/g;
  const fixed = lower.replaceAll(allowed, "-").replace(/^[^a-zA-Z0-9]+|-+$/g, "");
  return fixed !== "" && REGEXES[pattern].test(fixed) ? `for example "${fixed}"` : undefined;
}
