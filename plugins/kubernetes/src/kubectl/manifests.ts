import { TaskFailure } from "@capstan/sdk";
import { parseAllDocuments } from "yaml";
import type { Resource } from "./resource.ts";

/** A resource as somebody wants it. */
export type Manifest = Resource & { readonly apiVersion: string; readonly kind: string };

/**
 * The resources of a text of YAML or JSON, with the items of lists in it. Empty documents are left out. Throws `TaskFailure` that names
 * the document and the line.
 */
export function parseManifests(text: string): readonly Manifest[] {
  const manifests: Manifest[] = [];
  const documents = parseAllDocuments(text);
  for (const [index, document] of Array.isArray(documents) ? documents.entries() : []) {
    const where = `document ${index + 1} of \`spec\``;
    const [error] = document.errors;
    if (error !== undefined) throw new TaskFailure(`${where} is no YAML: ${error.message.split("\n")[0]}`);
    const value: unknown = document.toJS();
    if (value !== null) manifests.push(...manifestsIn(value, where));
  }
  if (manifests.length === 0) throw new TaskFailure("`spec` has no resource");
  return manifests;
}

function manifestsIn(value: unknown, where: string): readonly Manifest[] {
  const { apiVersion, kind, metadata, items } = (typeof value === "object" ? value : {}) as {
    readonly [name: string]: unknown;
  };
  if (typeof apiVersion !== "string" || typeof kind !== "string")
    throw new TaskFailure(`${where} is no resource: it needs \`apiVersion\` and \`kind\``);
  if (kind.endsWith("List") && Array.isArray(items))
    return items.flatMap((item, index) => manifestsIn(item, `item ${index + 1} of ${where}`));
  const { name, generateName } = (metadata ?? {}) as { readonly [name: string]: unknown };
  if (typeof name !== "string" && typeof generateName !== "string")
    throw new TaskFailure(`${where} (${kind}) has no \`metadata.name\``);
  return [value as Manifest];
}
