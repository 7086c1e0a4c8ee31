import type { Readable } from "node:stream";
import { readZip, type UnpackedFile } from "../archive/read-zip.ts";
import type { ZipEntry } from "../archive/write-zip.ts";
import { Refusal } from "../refusal.ts";
import { splitDocuments } from "../requests/documents.ts";
import { eachRow } from "../requests/page.ts";
import { namespaceFilePath } from "../requests/storage-paths.ts";
import type { Service } from "../service.ts";
import { applyFlows } from "./apply-flows.ts";
import { entryOf, readWhole } from "./flow-archives.ts";

const FLOWS = "_flows/";

/** Everything of a namespace: its files, and its flows below `_flows`. */
export async function* namespaceEntries(
  { runtime }: Service,
  tenant: string,
  namespace: string,
): AsyncGenerator<ZipEntry> {
  const { storage, store } = runtime;
  const root = namespaceFilePath(namespace, "");
  for await (const { path, modifiedAt } of storage.walk(tenant, root))
    yield { name: path.slice(root.length + 1), modifiedAt, content: () => storage.read(tenant, path) };
  for await (const row of eachRow(store.flows, { tenant, namespace }))
    yield { ...entryOf(row), name: `${FLOWS}${row.namespace}.${row.id}.yml` };
}

export interface UnpackTarget {
  readonly tenant: string;
  readonly namespace: string;
  /** Where the files of the archive go, within the namespace. */
  readonly folder: string;
}

/**
 * Unpacks an archive into a namespace. All of it is checked before anything is stored: paths, that each entry unpacks,
 * and the flows. Throws 413, 422.
 */
export async function unpackInto(
  service: Service,
  { tenant, namespace, folder }: UnpackTarget,
  content: Readable,
): Promise<void> {
  const { limits, runtime } = service;
  const entries = readZip(await readWhole(content, limits.archiveBytesMax), limits);
  // A client that uploads an archive names it in the path; its content belongs beside it.
  const parent = /\.zip$/i.test(folder) ? folder.slice(0, folder.lastIndexOf("/") + 1) : folder;
  const sources: string[] = [];
  const files: { readonly path: string; readonly file: UnpackedFile }[] = [];
  for (const file of entries) {
    const bytes = await file.content();
    if (!file.name.startsWith(FLOWS)) files.push({ path: targetOf(namespace, parent, file.name), file });
    else if (/\.ya?ml$/i.test(file.name)) sources.push(...splitDocuments(bytes.toString("utf8")));
  }
  // Throws before it stores when one flow is refused.
  const within = { namespace, children: true };
  if (sources.length > 0) await applyFlows(service, tenant, sources.join("\n---\n"), { within, deletes: false });
  for (const { path, file } of files) await runtime.storage.put(tenant, path, await file.content());
}

/** Whether a path of a namespace is one of its flows: `_flows/<name>.yml`, as archives have them. */
export function isFlowPath(path: string): boolean {
  return /^\/*_flows\/[^/]+\.ya?ml$/i.test(path);
}

/** Stores a flow that is sent as a file of a namespace, of whichever namespace it says to be, in this one. Throws 413, 422. */
export async function importFlow(
  service: Service,
  { tenant, namespace }: Omit<UnpackTarget, "folder">,
  content: Readable,
): Promise<void> {
  const source = (await readWhole(content, service.limits.archiveBytesMax)).toString("utf8");
  await applyFlows(service, tenant, source, {
    within: { namespace, children: false },
    overrides: true,
    deletes: false,
  });
}

function targetOf(namespace: string, parent: string, name: string): string {
  if (name.startsWith("/") || /^[a-z]:/i.test(name))
    throw new Refusal("path-invalid", `The archive holds "${name}", which is no path within a folder`);
  return namespaceFilePath(namespace, `${parent}/${name}`);
}
