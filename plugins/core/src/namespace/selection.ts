import { dynamic, listOrText, TaskFailure, text } from "@capstan/sdk";
import { matchesGlob } from "node:path";
import { z } from "zod";

/** Properties that choose the namespaces of a purge. */
export const namespaceSelection = () => ({
  namespaces: listOrText().optional().describe("Namespaces to purge. Default: all."),
  namespacePattern: text().optional().describe("Glob of namespaces to purge, instead of `namespaces`."),
  includeChildNamespaces: dynamic(z.boolean())
    .default(true)
    .describe("Whether children of `namespaces` are purged too."),
});

/** Versions are purged by their date or by their number. */
export const isOneRule = ({ before, keepAmount }: { before?: unknown; keepAmount?: unknown }): boolean =>
  before === undefined || keepAmount === undefined;
export const ONE_RULE = "can't have both `before` and `keepAmount`";

interface Selection {
  readonly namespaces?: readonly string[] | undefined;
  readonly namespacePattern?: string | undefined;
  readonly includeChildNamespaces: boolean;
}

/**
 * The namespaces that a purge is for: those named, with their children unless they are left out; those that match; or all.
 * `all` lists those that exist; a host without it can only purge namespaces named one by one.
 */
export async function selectedNamespaces(
  { namespaces, namespacePattern, includeChildNamespaces }: Selection,
  all: (() => Promise<readonly string[]>) | undefined,
): Promise<readonly string[]> {
  if (namespaces !== undefined && namespacePattern !== undefined)
    throw new TaskFailure("Give either `namespaces` or `namespacePattern`, not both.");
  if (namespaces !== undefined && !includeChildNamespaces) return namespaces;
  if (all === undefined)
    throw new TaskFailure(
      "This server can't list namespaces. Give `namespaces` and set `includeChildNamespaces` to false.",
    );
  const known = await all();
  if (namespacePattern !== undefined) return known.filter((namespace) => matchesGlob(namespace, namespacePattern));
  if (namespaces === undefined) return known;
  const isChild = (namespace: string) => namespaces.some((parent) => namespace.startsWith(`${parent}.`));
  return [...new Set([...namespaces, ...known.filter(isChild)])];
}
