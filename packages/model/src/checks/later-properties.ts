import type { MapNode } from "../document/source-node.ts";
import { type CheckContext, type Path, report } from "./context.ts";

/** Properties of a later version of the language that this server can't honour, and what to do instead. */
const LATER = {
  workerSelector: {
    reason: "any worker of the server takes the work",
    hint: "remove it, and give flows that need other machines a server of their own",
  },
} as const;

/** Warns of one that a flow, task or trigger has: who wrote it counts on a limit or a place that there is not. */
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
