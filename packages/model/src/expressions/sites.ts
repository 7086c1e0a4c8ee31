import { metaOf } from "../checks/schema-shape.ts";
import type { Path } from "../checks/context.ts";
import type { CheckedParts } from "../checks/flow.ts";
import type { CheckedTask } from "../checks/checked-task.ts";
import { type CheckedTrigger, FLOW_TRIGGER } from "../checks/triggers.ts";
import type { Entry, MapNode, ScalarNode, SourceNode } from "../document/source-node.ts";
import type { TaskPlacement } from "./placement.ts";

/** One text that is rendered at run time, with what its expressions may see. */
export interface Site {
  readonly scalar: ScalarNode;
  readonly path: Path;
  /** The task it belongs to; absent for texts of the flow itself and of triggers. */
  readonly task?: CheckedTask;
  readonly placement?: TaskPlacement;
  /** The trigger it belongs to. */
  readonly trigger?: CheckedTrigger;
  /** Name of the task's or trigger's own property. */
  readonly property: string;
  readonly scope: Scope;
  /** False when no definition says that the text is rendered at all. */
  readonly certain: boolean;
}

/**
 * What an expression can read: `task` what ran before its task; `end` everything; `start` inputs only; `trigger` the
 * trigger's variables; `later` wherever it is rendered from; `foreign` another execution.
 */
export type Scope = "task" | "end" | "start" | "trigger" | "later" | "foreign";

/** Whether a text is a value of the flow's `variables`, which is rendered by whoever renders the variable. */
export function isOfVariable({ property, task, trigger }: Site): boolean {
  return property === "variables" && task === undefined && trigger === undefined;
}

const NOT_RENDERED = new Set(["id", "type", "description", "version", "retry", "logLevel"]);

/** Every text of the flow that contains an expression. */
export function* sitesOf(parts: CheckedParts, placements: Iterable<TaskPlacement>): Iterable<Site> {
  for (const placement of placements) yield* taskSites(placement);
  for (const trigger of parts.triggers) yield* triggerSites(trigger);
  const { root } = parts;
  yield* texts(root.entries.get("outputs"), ["outputs"], { property: "outputs", scope: "end", certain: true });
  yield* texts(root.entries.get("sla"), ["sla"], { property: "sla", scope: "later", certain: true });
  yield* texts(root.entries.get("checks"), ["checks"], { property: "checks", scope: "start", certain: true });
  yield* texts(root.entries.get("inputs"), ["inputs"], { property: "inputs", scope: "start", certain: true });
  for (const property of ["concurrency", "quotas", "debounce", "batch", "priority"])
    yield* texts(root.entries.get(property), [property], { property, scope: "start", certain: true });
  yield* texts(root.entries.get("variables"), ["variables"], { property: "variables", scope: "later", certain: false });
}

function* taskSites(placement: TaskPlacement): Iterable<Site> {
  const { checked } = placement;
  const { node, path, definition } = checked;
  for (const entry of node.entries.values()) {
    if (NOT_RENDERED.has(entry.key)) continue;
    const property = definition?.properties.shape[entry.key];
    const meta = property === undefined ? {} : metaOf(property);
    if (meta.children !== undefined) continue;
    const isForeign = meta.foreignContext === true;
    const about = { property: entry.key, task: checked, placement, certain: definition !== undefined };
    yield* texts(entry, [...path, entry.key], { ...about, scope: isForeign ? "foreign" : "task" });
  }
}

function* triggerSites(checked: CheckedTrigger): Iterable<Site> {
  const { node, path, trigger, definition } = checked;
  const scope = trigger.type === FLOW_TRIGGER ? "foreign" : "trigger";
  for (const entry of node.entries.values()) {
    if (NOT_RENDERED.has(entry.key)) continue;
    const about = { property: entry.key, trigger: checked, scope, certain: definition !== undefined } as const;
    yield* texts(entry, [...path, entry.key], about);
  }
}

type About = Omit<Site, "scalar" | "path">;

function* texts(entry: Entry | undefined, path: Path, about: About): Iterable<Site> {
  if (entry !== undefined) yield* textsIn(entry.value, path, about);
}

function* textsIn(node: SourceNode, path: Path, about: About): Iterable<Site> {
  if (node.kind === "scalar") {
    if (hasExpression(node.value)) yield { ...about, scalar: node, path };
  } else if (node.kind === "list") {
    for (const [index, item] of node.items.entries()) yield* textsIn(item, [...path, index], about);
  } else {
    yield* textsOfMap(node, path, about);
  }
}

function* textsOfMap(node: MapNode, path: Path, about: About): Iterable<Site> {
  for (const { key, keyPlace, value } of node.entries.values()) {
    if (hasExpression(key)) {
      const scalar: ScalarNode = { kind: "scalar", value: key, text: key, style: "plain", ...keyPlace };
      yield { ...about, scalar, path: [...path, key] };
    }
    if (key === "description" && about.task === undefined) continue;
    yield* textsIn(value, [...path, key], about);
  }
}

function hasExpression(value: unknown): value is string {
  return typeof value === "string" && /\{[{%#]/.test(value);
}
