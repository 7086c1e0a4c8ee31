import type { Flow } from "@capstan/model";
import type { HeldKey, SavedFlow } from "@capstan/runtime";
import { presentFlow } from "../presentation/flow.ts";
import { Refusal } from "../refusal.ts";
import { splitDocuments } from "../requests/documents.ts";
import { readAll } from "../requests/page.ts";
import type { Service } from "../service.ts";

export interface ApplyOptions {
  /** All documents must be of this namespace or, where they may, of one below it. */
  readonly within?: { readonly namespace: string; readonly children: boolean };
  /** Documents of other namespaces are moved into it instead of being refused. */
  readonly overrides?: boolean;
  /** Removes the flows of the same namespaces that are not in the payload. */
  readonly deletes: boolean;
  /**
   * Kept when all is done. A process that dies before has applied a part of it: the same request again applies the rest, since the same
   * source keeps its revision.
   */
  readonly requestKey?: HeldKey | undefined;
}

const FLOWS_MAX = 10_000;

/**
 * Creates and updates every flow of a payload; answers them behind those that it removes. Everything is checked before anything is
 * stored. Throws 422.
 */
export async function applyFlows(
  { runtime }: Service,
  tenant: string,
  payload: string,
  { within, overrides = false, deletes, requestKey }: ApplyOptions,
): Promise<readonly object[]> {
  const { flows } = runtime;
  const documents = readDocuments(payload)
    .map((source) => (overrides && within !== undefined ? movedTo(within.namespace, source) : source))
    .map((source) => ({ source, checked: flows.check(source) }));
  const problems = documents.flatMap(({ checked }, index) =>
    checked.diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ path, message }) => `document ${index + 1}: ${path === "" ? "" : `${path}: `}${message}`),
  );
  const found = documents.flatMap(({ checked: { flow } }) => (flow === undefined ? [] : [flow]));
  problems.push(...placementProblems(found, within));
  if (problems.length > 0) throw new Refusal("flow-invalid", "Nothing was stored", problems);

  const saved: SavedFlow[] = [];
  for (const { source, checked } of documents) saved.push(await flows.save(tenant, source, { mode: "apply", checked }));
  const removed = deletes ? await removeOthers(runtime, tenant, found, within?.namespace) : [];
  const answered = [...removed, ...saved];
  await requestKey?.keep({ flows: answered.map(({ row }) => [row.namespace, row.id, row.revision]) });
  return answered.map(({ row, checked }) => presentFlow(row, checked, true));
}

/** Removes the flows of the namespaces that are not among those found; answers them as they are then. */
async function removeOthers(
  { flows, store }: Service["runtime"],
  tenant: string,
  found: readonly Flow[],
  within: string | undefined,
): Promise<readonly Pick<SavedFlow, "row" | "checked">[]> {
  const kept = new Set(found.map(keyText));
  const removed: Pick<SavedFlow, "row" | "checked">[] = [];
  for (const namespace of new Set([...found.map((flow) => flow.namespace), ...(within === undefined ? [] : [within])]))
    for (const row of await readAll(store.flows, { tenant, namespace }, FLOWS_MAX)) {
      if (kept.has(keyText(row))) continue;
      await flows.delete(row);
      const left = await store.flows.get(row, { includeDeleted: true });
      removed.push({ row: left ?? { ...row, deleted: true }, checked: flows.check(row.source) });
    }
  return removed;
}

/** Documents of YAML, or flows in a list of JSON as clients before 2.0 send them. */
function readDocuments(payload: string): readonly string[] {
  if (!payload.trimStart().startsWith("[")) return splitDocuments(payload);
  try {
    return (JSON.parse(payload) as readonly unknown[]).map((flow) => JSON.stringify(flow, null, 2));
  } catch {
    return splitDocuments(payload);
  }
}

/** The source with another namespace at its top level. */
function movedTo(namespace: string, source: string): string {
  return source.replace(/^(namespace|"namespace"|'namespace'):[^\n]*/m, `$1: ${namespace}`);
}

function placementProblems(found: readonly Flow[], within: ApplyOptions["within"]): readonly string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const flow of found) {
    const key = keyText(flow);
    if (seen.has(key)) problems.push(`flow.id: Duplicate, the flow ${key} is there twice`);
    seen.add(key);
    if (within !== undefined && !isWithin(flow, within))
      problems.push(`flow.namespace: the flow ${key} is not of the namespace ${within.namespace}`);
  }
  return problems;
}

function isWithin(flow: Flow, { namespace, children }: NonNullable<ApplyOptions["within"]>): boolean {
  return flow.namespace === namespace || (children && flow.namespace.startsWith(`${namespace}.`));
}

function keyText({ namespace, id }: { namespace: string; id: string }): string {
  return `${namespace}.${id}`;
}
