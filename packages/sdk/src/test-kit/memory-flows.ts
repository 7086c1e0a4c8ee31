import type { FlowServices, FlowSource } from "../context.ts";
import { TaskFailure } from "../definition.ts";

export interface MemoryFlows extends FlowServices {
  /** What is stored, by namespace and id. */
  readonly stored: ReadonlyMap<string, FlowSource>;
}

/** Flows in memory. A source is a flow if it has an id, a namespace and tasks at its left edge; nothing else is checked. */
export function createMemoryFlows(): MemoryFlows {
  const stored = new Map<string, FlowSource>();
  return {
    stored,
    list: async (namespace, { children = false } = {}) =>
      [...stored.values()]
        .filter((flow) => flow.namespace === namespace || (children && flow.namespace.startsWith(`${namespace}.`)))
        .toSorted((one, other) => (keyOf(one.namespace, one.id) < keyOf(other.namespace, other.id) ? -1 : 1)),
    async save(source, { dryRun = false } = {}) {
      const [id, namespace] = ["id", "namespace"].map((name) => new RegExp(`^${name}: *(\\S+)`, "m").exec(source)?.[1]);
      if (id === undefined || namespace === undefined || !/^tasks:/m.test(source))
        throw new TaskFailure("Invalid Flow: it lacks `id`, `namespace` or `tasks`");
      const before = stored.get(keyOf(namespace, id));
      if (before?.source === source) return { namespace, id, revision: before.revision, change: "UNCHANGED" };
      const revision = (before?.revision ?? 0) + 1;
      if (!dryRun) stored.set(keyOf(namespace, id), { namespace, id, revision, source });
      return { namespace, id, revision, change: before === undefined ? "CREATED" : "UPDATED" };
    },
    delete: async (namespace, id) => stored.delete(keyOf(namespace, id)),
  };
}

function keyOf(namespace: string, id: string): string {
  return `${namespace}/${id}`;
}
