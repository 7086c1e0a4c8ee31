import type {
  DocumentQueries,
  FlowFilter,
  FlowKey,
  FlowQueries,
  FlowRow,
  KeyValueQueries,
  KeyValueRow,
  TriggerQueries,
  TriggerRow,
} from "../../store.ts";
import { accepts, compareValues, containsText, isInNamespace, pageOf, type Sorting } from "./page.ts";
import { keyOf, type Tables } from "./tables.ts";

const FLOW_SORTING: Sorting<FlowRow, "id" | "namespace" | "updatedAt"> = {
  values: { id: (row) => row.id, namespace: (row) => row.namespace, updatedAt: (row) => row.updatedAt },
  key: [(row) => row.namespace, (row) => row.id],
  fallback: { key: "namespace", descending: false },
};

export function flowQueries(tables: () => Tables): FlowQueries {
  const revisions = (key: FlowKey): readonly FlowRow[] => byRevision(tables().flows.get(flowKey(key)));
  const latest = (): readonly FlowRow[] => [...tables().flows.values()].map((flow) => byRevision(flow).at(-1)!);
  return {
    get: async (key, { revision, includeDeleted = false } = {}) => {
      const all = revisions(key);
      if (revision !== undefined) return structuredClone(all.find((row) => row.revision === revision));
      const row = all.at(-1);
      return row?.deleted === true && !includeDeleted ? undefined : structuredClone(row);
    },
    revisions: async (key) => structuredClone(revisions(key)),
    search: async (filter, page) => pageOf(latest().filter(flowMatcher(filter)), page, FLOW_SORTING),
    namespaces: async (tenant) => {
      const flows = latest().filter((row) => row.tenant === tenant && !row.deleted);
      return [...new Set(flows.map((row) => row.namespace))].toSorted(compareValues);
    },
    withTrigger: async (wanted) =>
      latest()
        .filter((row) => !row.deleted && row.triggers.some(({ type }) => type === wanted))
        .toSorted(byKey)
        .map(({ source: _source, checked: _checked, ...row }) => structuredClone(row)),
    unapplied: async (limit, after) =>
      latest()
        .filter((row) => tables().appliedFlows.get(flowKey(row)) !== row.revision)
        .filter((row) => after === undefined || byKey(row, after) > 0)
        .toSorted(byKey)
        .slice(0, limit)
        .map(({ tenant, namespace, id }) => ({ tenant, namespace, id })),
  };
}

function byKey(left: FlowKey, right: FlowKey): number {
  return compareValues(flowKey(left), flowKey(right));
}

function flowKey({ tenant, namespace, id }: FlowKey): string {
  return keyOf(tenant, namespace, id);
}

function byRevision(flow: ReadonlyMap<number, FlowRow> | undefined): readonly FlowRow[] {
  return [...(flow?.values() ?? [])].toSorted((left, right) => left.revision - right.revision);
}

function flowMatcher(filter: FlowFilter): (row: FlowRow) => boolean {
  return (row) =>
    row.tenant === filter.tenant &&
    isInNamespace(row.namespace, filter) &&
    (filter.includeDeleted === true || !row.deleted) &&
    (filter.labels ?? []).every(({ key, value }) => row.labels[key] === value) &&
    containsText([row.id, row.namespace], filter.query);
}

const TRIGGER_SORTING: Sorting<TriggerRow, "triggerId" | "flowId" | "namespace" | "nextDate"> = {
  values: {
    triggerId: (row) => row.triggerId,
    flowId: (row) => row.flowId,
    namespace: (row) => row.namespace,
    nextDate: (row) => row.nextDate,
  },
  key: [(row) => row.namespace, (row) => row.flowId, (row) => row.triggerId],
  fallback: { key: "namespace", descending: false },
};

export function triggerQueries(tables: () => Tables): TriggerQueries {
  return {
    get: async ({ tenant, namespace, flowId, triggerId }) =>
      structuredClone(tables().triggers.get(keyOf(tenant, namespace, flowId, triggerId))),
    search: async (filter, page) => {
      const matches = [...tables().triggers.values()].filter(
        (row) =>
          row.tenant === filter.tenant &&
          isInNamespace(row.namespace, filter) &&
          accepts(filter.flowId, row.flowId) &&
          containsText([row.triggerId, row.flowId, row.namespace], filter.query),
      );
      return pageOf(matches, page, TRIGGER_SORTING);
    },
    ofFlow: async ({ tenant, namespace, id }) => {
      const isOfFlow = (row: TriggerRow) => row.tenant === tenant && row.namespace === namespace && row.flowId === id;
      const rows = [...tables().triggers.values()].filter(isOfFlow);
      return structuredClone(rows.toSorted((left, right) => compareValues(left.triggerId, right.triggerId)));
    },
    toWake: async ({ after, until }, limit, behind) => {
      const rows = [...tables().triggers.values()].filter(
        ({ wakeAt }) => wakeAt !== undefined && wakeAt > after && wakeAt <= until,
      );
      const rest = behind === undefined ? rows : rows.filter((row) => byWake(row, behind) > 0);
      return structuredClone(rest.toSorted(byWake).slice(0, limit));
    },
    nextWake: async (after) => {
      const times = [...tables().triggers.values()].map(({ wakeAt }) => wakeAt ?? -Infinity).filter((at) => at > after);
      return times.length === 0 ? undefined : Math.min(...times);
    },
  };
}

function byWake(left: TriggerRow, right: TriggerRow): number {
  return (left.wakeAt ?? 0) - (right.wakeAt ?? 0) || compareValues(triggerKey(left), triggerKey(right));
}

function triggerKey({ tenant, namespace, flowId, triggerId }: TriggerRow): string {
  return keyOf(tenant, namespace, flowId, triggerId);
}

export function keyValueQueries(tables: () => Tables): KeyValueQueries {
  const lives = (row: KeyValueRow, now: number): boolean => row.expiresAt === undefined || row.expiresAt > now;
  return {
    get: async ({ tenant, namespace, key }, now) => {
      const row = tables().keyValues.get(keyOf(tenant, namespace, key));
      return row !== undefined && lives(row, now) ? structuredClone(row) : undefined;
    },
    list: async (tenant, namespace, now, prefix = "") => {
      const rows = [...tables().keyValues.values()].filter(
        (row) => row.tenant === tenant && row.namespace === namespace && row.key.startsWith(prefix) && lives(row, now),
      );
      return structuredClone(rows.toSorted((left, right) => compareValues(left.key, right.key)));
    },
  };
}

export function documentQueries(tables: () => Tables): DocumentQueries {
  return {
    get: async ({ tenant, kind, id }) => structuredClone(tables().documents.get(keyOf(tenant, kind, id))),
    list: async (tenant, kind) => {
      const rows = [...tables().documents.values()].filter((row) => row.tenant === tenant && row.kind === kind);
      return structuredClone(rows.toSorted((left, right) => compareValues(left.id, right.id)));
    },
  };
}
