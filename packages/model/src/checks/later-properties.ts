import type { MapNode } from "../document/source-node.ts";
import { type CheckContext, type Path, report } from "./context.ts";

const TRIGGER = {
  reason: "triggers are asked by the server itself",
  hint: "remove it here; where the tasks run is said at the flow or at each of them",
};

/** Properties of a later version of the language that this server can't honour, and what to do instead. */
const LATER = {
  workerGroup: TRIGGER,
  workerSelector: TRIGGER,
} as const;

/** Warns of one that a trigger has: who wrote it counts on a place that there is not. */
export function reportLater(
  context: CheckContext,
  node: MapNode,
  path: Path,
  keys: readonly (keyof typeof LATER)[],
): void {
  for (const key of keys) {
    const { reason, hint } = LATER[key];
    const entry = node.entries.get(key);
    if (entry === undefined || entry.fromDefault !== undefined) continue;
    const finding = { place: entry.keyPlace, path: [...path, key], hint, severity: "warning" } as const;
    report(context, "ignored-property", finding, key, reason);
  }
}
