import { parseDuration } from "../duration.ts";
import type { MapNode, SourceNode } from "../document/source-node.ts";
import { isAbsent, textOf } from "../document/source-node.ts";
import type { Retry } from "../flow.ts";
import { scalarText } from "../json-value.ts";
import { RETRY } from "../schemas/retry.ts";
import { checkMap } from "./check-schema.ts";
import { firstOf } from "./schema-issues.ts";
import { type CheckContext, nameHint, type Path, report } from "./context.ts";
import { defined } from "./defined.ts";

/** Reads a retry policy; undefined when there is none, or none that can be used. */
export function checkRetry(context: CheckContext, node: SourceNode | undefined, path: Path): Retry | undefined {
  if (node === undefined || isAbsent(node)) return undefined;
  if (node.kind !== "map") {
    report(
      context,
      "wrong-type",
      { place: node, path },
      "retry",
      "a map with type and interval",
      node.kind === "list" ? "a list" : `"${node.text}"`,
    );
    return undefined;
  }
  const typeNode = node.entries.get("type")?.value;
  const type = textOf(typeNode);
  if (type === undefined) {
    const hint = `known: ${Object.keys(RETRY).join(", ")}`;
    report(context, "missing-property", { place: firstOf(node, "type"), path: [...path, "type"], hint }, "type");
    return undefined;
  }
  if (type !== "constant" && type !== "exponential" && type !== "random") {
    const hint = nameHint(type, Object.keys(RETRY));
    report(
      context,
      "invalid-value",
      { place: typeNode!, path: [...path, "type"], hint },
      "type",
      `is no kind of retry: "${type}"`,
    );
    return undefined;
  }
  const before = context.diagnostics.length;
  const { read, written } = checkMap(context, RETRY[type], node, path, { name: "retry" });
  const milliseconds = (key: string) => parseDuration(scalarText(written[key])) ?? 0;
  const limits = {
    warningOnRetry: read.warningOnRetry ?? false,
    behavior: read.behavior ?? "RETRY_FAILED_TASK",
    ...defined({
      maxAttempts: read.maxAttempts,
      maxDurationMs: read.maxDuration === undefined ? undefined : milliseconds("maxDuration"),
    }),
  } as const;
  checkOrder(
    context,
    node,
    path,
    ["interval", "maxDuration"],
    ["interval", "maxInterval"],
    ["minInterval", "maxInterval"],
    ["minInterval", "maxDuration"],
    ...(type === "random" ? ([["maxInterval", "maxDuration"]] as const) : []),
  );
  if (context.diagnostics.slice(before).some(({ severity }) => severity === "error")) return undefined;
  if (type === "constant") return { type, intervalMs: milliseconds("interval"), ...limits };
  if (type === "random")
    return { type, minIntervalMs: milliseconds("minInterval"), maxIntervalMs: milliseconds("maxInterval"), ...limits };
  const delayFactor = typeof written["delayFactor"] === "number" ? written["delayFactor"] : 2;
  return {
    type,
    intervalMs: milliseconds("interval"),
    maxIntervalMs: milliseconds("maxInterval"),
    delayFactor,
    ...limits,
  };
}

function checkOrder(
  context: CheckContext,
  node: MapNode,
  path: Path,
  ...pairs: readonly (readonly [string, string])[]
): void {
  for (const [smaller, larger] of pairs) {
    const small = textOf(node.entries.get(smaller)?.value);
    const largeNode = node.entries.get(larger)?.value;
    const large = textOf(largeNode);
    if (small === undefined || large === undefined) continue;
    const [smallMs, largeMs] = [parseDuration(small), parseDuration(large)];
    if (smallMs === undefined || largeMs === undefined || smallMs < largeMs) continue;
    report(
      context,
      "invalid-value",
      { place: largeNode!, path: [...path, larger] },
      larger,
      `(${large}) must be longer than \`${smaller}\` (${small})`,
    );
  }
}
