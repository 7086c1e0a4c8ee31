import { parseSource } from "./document/parse-document.ts";
import { plain, type SourceNode } from "./document/source-node.ts";
import type { JsonMap } from "./flow.ts";

/** The document as plain data, as its author wrote it; undefined when it is no map. Aliases and merge keys are followed. */
export function writtenFlow(source: string): JsonMap | undefined {
  return plainMap(parseSource(source).root);
}

/** A document that was read, as plain data; undefined when it is no map. */
export function plainMap(root: SourceNode | undefined): JsonMap | undefined {
  return root?.kind === "map" ? (plain(root) as JsonMap) : undefined;
}
