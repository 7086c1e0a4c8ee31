import { dynamic, listOrText, TaskFailure, text } from "@capstan/sdk";
import { matchesGlob } from "node:path";
import { z } from "zod";

/** Properties that choose the namespaces of a purge. */
export const namespaceSelection = () => ({
  namespaces: listOrText().optional().describe("Namespaces to purge. Default: that of this flow."),
  namespacePattern: text().optional().describe("Glob of namespaces to purge, instead of `namespaces`."),
  includeChildNamespaces: dynamic(z.boolean())
    .default(true)
    .describe("Whether children of the namespaces are purged too."),
});

interface Selection {
  readonly namespaces?: readonly string[] | undefined;
  readonly namespacePattern?: string | undefined;
  readonly includeChildNamespaces: boolean;
}

/**
 * The namespaces that a purge is for. `all` lists those that exist; a host without it can only purge namespaces named
 * one by one.
 */
export async function selectedNamespaces(
  { namespaces, namespacePattern, includeChildNamespaces }: Selection,
  own: string,
  all: (() => Promise<readonly string[]>) | undefined,
): Promise<readonly string[]> {
  if (namespaces !== undefined && namespacePattern !== undefined)
    throw new TaskFailure("Give either `namespaces` or `namespacePattern`, not both.");
  const named = namespaces ?? [own];
  if (namespacePattern === undefined && !includeChildNamespaces) return named;
  if (all === undefined)
    throw new TaskFailure(
      "This server can't list namespaces. Give `namespaces` and set `includeChildNamespaces` to false.",
    );
  const known = await all();
  const isMeant = (namespace: string) =>
    namespacePattern === undefined
      ? named.includes(namespace)
      : matchesGlob(namespace.replaceAll(".", "/"), namespacePattern.replaceAll(".", "/")) ||
        matchesGlob(namespace, namespacePattern);
  const roots = known.filter(isMeant);
  if (namespacePattern === undefined) roots.push(...named);
  const isChild = (namespace: string) => roots.some((root) => namespace.startsWith(`${root}.`));
  return [...new Set([...roots, ...(includeChildNamespaces ? known.filter(isChild) : [])])].toSorted();
}
