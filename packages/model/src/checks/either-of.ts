import type { MapNode } from "../document/source-node.ts";
import { type CheckContext, type Path, report } from "./context.ts";

/** The value of a property under its name or its newer spelling; tells that the newer one is ignored beside the other. */
export function eitherOf(
  context: CheckContext,
  node: MapNode,
  path: Path,
  read: Readonly<Record<string, unknown>>,
  [name, newer]: readonly [string, string],
): string | undefined {
  const [value, other] = [read[name], read[newer]];
  const entry = node.entries.get(newer);
  if (value !== undefined && other !== undefined && entry !== undefined)
    report(
      context,
      "ignored-property",
      { place: entry.keyPlace, path: [...path, newer], severity: "warning" },
      newer,
      `\`${name}\` is there as well`,
    );
  const chosen = value ?? other;
  return chosen === undefined ? undefined : String(chosen);
}
