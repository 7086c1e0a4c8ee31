import { parseDuration } from "../duration.ts";
import type { MapNode, SourceNode } from "../document/source-node.ts";
import { isAbsent } from "../document/source-node.ts";
import type { Batch, Concurrency, Debounce, Flow, Quota } from "../flow.ts";
import { BATCH, CONCURRENCY, DEBOUNCE, QUOTA } from "../schemas/flow-control.ts";
import { checkMap } from "./check-schema.ts";
import { type CheckContext, type Path, report } from "./context.ts";
import { defined } from "./defined.ts";
import { found } from "./schema-issues.ts";

/** When the executions of a flow may run: what limits, puts off and orders them. `priority` as the schema read it. */
export function checkFlowControl(
  context: CheckContext,
  root: MapNode,
  priority: unknown,
): Pick<Flow, "concurrency" | "quotas" | "debounce" | "batch" | "priority"> {
  const at = (key: string) => root.entries.get(key)?.value;
  const concurrency = at("concurrency");
  const limits =
    concurrency?.kind === "list"
      ? each(context, concurrency, "concurrency", checkConcurrency)
      : checkOne(context, concurrency, ["concurrency"], "a map with limit, or a list of them", checkConcurrency);
  const quotas = at("quotas");
  const debounce = checkOne(context, at("debounce"), ["debounce"], "a map with period", checkDebounce)[0];
  const batch = checkOne(context, at("batch"), ["batch"], "a map with maxSize and timeout", checkBatch)[0];
  if (batch !== undefined && debounce !== undefined)
    report(context, "batch-and-debounce", { place: root.entries.get("batch")!.keyPlace, path: ["batch"] });
  return {
    concurrency: limits,
    quotas: quotas?.kind === "list" ? each(context, quotas, "quotas", checkQuota) : [],
    ...defined({ debounce, batch, priority: priority === undefined ? undefined : String(priority) }),
  };
}

type CheckOne<Item> = (context: CheckContext, node: MapNode, path: Path) => Item | undefined;

function checkOne<Item>(
  context: CheckContext,
  node: SourceNode | undefined,
  path: Path,
  expected: string,
  check: CheckOne<Item>,
): readonly Item[] {
  if (node === undefined || isAbsent(node)) return [];
  if (node.kind === "map") return [check(context, node, path)].filter((item) => item !== undefined);
  report(context, "wrong-type", { place: node, path }, String(path[0]), expected, found(node));
  return [];
}

/** The items of a list. Two that count the same executions the same way are a mistake: only the stricter one would matter. */
function each<Item extends Concurrency | Quota>(
  context: CheckContext,
  { items }: Extract<SourceNode, { kind: "list" }>,
  name: string,
  check: CheckOne<Item>,
): readonly Item[] {
  const checked = new Map<string, Item>();
  for (const [index, node] of items.entries()) {
    const path = [name, index];
    const [item] = checkOne(context, node, path, "a map", check);
    if (item === undefined) continue;
    const counted = "durationMs" in item ? `${item.durationMs} ${item.key ?? ""}` : (item.key ?? "");
    if (checked.has(counted)) report(context, "duplicate-limit", { place: node, path }, `${name}[${index}]`);
    else checked.set(counted, item);
  }
  return [...checked.values()];
}

function checkConcurrency(context: CheckContext, node: MapNode, path: Path): Concurrency | undefined {
  const { limit, behavior = "QUEUE", key } = checkMap(context, CONCURRENCY, node, path, { name: "concurrency" }).read;
  return limit === undefined ? undefined : { limit, behavior, ...defined({ key }) };
}

function checkQuota(context: CheckContext, node: MapNode, path: Path): Quota | undefined {
  const { duration, limit, behavior = "QUEUE", key } = checkMap(context, QUOTA, node, path, { name: "quota" }).read;
  if (duration === undefined || limit === undefined) return undefined;
  return { durationMs: parseDuration(duration)!, limit, behavior, ...defined({ key }) };
}

function checkDebounce(context: CheckContext, node: MapNode, path: Path): Debounce | undefined {
  const { period, maxWait, key } = checkMap(context, DEBOUNCE, node, path, { name: "debounce" }).read;
  if (period === undefined) return undefined;
  const [periodMs, maxWaitMs] = [parseDuration(period)!, maxWait === undefined ? undefined : parseDuration(maxWait)!];
  if (maxWaitMs !== undefined && maxWaitMs < periodMs)
    report(
      context,
      "invalid-value",
      { place: node.entries.get("maxWait")!.value, path: [...path, "maxWait"] },
      "maxWait",
      `(${maxWait}) must not be shorter than \`period\` (${period})`,
    );
  return { periodMs, ...defined({ maxWaitMs, key }) };
}

function checkBatch(context: CheckContext, node: MapNode, path: Path): Batch | undefined {
  const { maxSize, timeout, key } = checkMap(context, BATCH, node, path, { name: "batch" }).read;
  if (maxSize === undefined || timeout === undefined) return undefined;
  return { maxSize, timeoutMs: parseDuration(timeout)!, ...defined({ key }) };
}
