import { parseSource } from "./document/parse-document.ts";
import { plain } from "./document/source-node.ts";
import type { JsonMap } from "./flow.ts";

/** The document as plain data, as its author wrote it; undefined when it is no map. Aliases and merge keys are followed. */
export function writtenFlow(source: string): JsonMap | undefined {
  const { root } = parseSource(source);
  return root?.kind === "map" ? (plain(root) as JsonMap) : undefined;
}
