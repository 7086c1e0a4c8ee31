import type { Label } from "@capstan/engine";
import type {
  DocumentQueries,
  DocumentRow,
  FlowFilter,
  FlowKey,
  FlowQueries,
  FlowRow,
  IdempotencyKeyQueries,
  KeyValueFilter,
  KeyValueQueries,
  KeyValueRow,
  TriggerFilter,
  TriggerKey,
  TriggerQueries,
  TriggerRow,
} from "../../store.ts";
import { labelsPass, passesAll } from "../../text-conditions.ts";
import { accepts, compareValues, containsText, isInNamespace, isWithin, pageOf, type Sorting } from "./page.ts";
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
    keys: async (wanted) =>
      latest()
        .filter((row) => row.tenant === wanted)
        .toSorted((left, right) => compareValues(flowKey(left), flowKey(right)))
        .map(({ tenant, namespace, id }) => ({ tenant, namespace, id })),
    search: async (filter, { after, ...page }) => {
      const matches = latest().filter(flowMatcher(filter));
      return pageOf(matches, page, FLOW_SORTING, (row) => after === undefined || byKey(row, after) > 0);
    },
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

function byTriggerKey(left: TriggerKey, right: TriggerKey): number {
  return (
    compareValues(left.namespace, right.namespace) ||
    compareValues(left.flowId, right.flowId) ||
    compareValues(left.triggerId, right.triggerId)
  );
}

function labelsOf({ labels }: FlowRow): readonly Label[] {
  return Object.entries(labels).map(([key, value]) => ({ key, value }));
}

function flowMatcher(filter: FlowFilter): (row: FlowRow) => boolean {
  return (row) =>
    row.tenant === filter.tenant &&
    isInNamespace(row.namespace, filter) &&
    (filter.includeDeleted === true || !row.deleted) &&
    (filter.labels ?? []).every(({ key, value }) => row.labels[key] === value) &&
    containsText([row.id, row.namespace], filter.query) &&
    passesAll(row, filter.texts) &&
    labelsPass(labelsOf(row), filter.labelDemands);
}

const TRIGGER_SORTING: Sorting<TriggerRow, "triggerId" | "flowId" | "namespace" | "nextDate" | "date"> = {
  values: {
    triggerId: (row) => row.triggerId,
    flowId: (row) => row.flowId,
    namespace: (row) => row.namespace,
    nextDate: (row) => row.nextDate,
    date: (row) => row.date,
  },
  key: [(row) => row.namespace, (row) => row.flowId, (row) => row.triggerId],
  fallback: { key: "namespace", descending: false },
};

export function triggerQueries(tables: () => Tables): TriggerQueries {
  return {
    get: async ({ tenant, namespace, flowId, triggerId }) =>
      structuredClone(tables().triggers.get(keyOf(tenant, namespace, flowId, triggerId))),
    search: async (filter, { after, ...page }) => {
      const matches = [...tables().triggers.values()].filter(triggerMatcher(filter));
      return pageOf(matches, page, TRIGGER_SORTING, (row) => after === undefined || byTriggerKey(row, after) > 0);
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

function triggerMatcher(filter: TriggerFilter): (row: TriggerRow) => boolean {
  return (row) =>
    row.tenant === filter.tenant &&
    isInNamespace(row.namespace, filter) &&
    accepts(filter.flowId, row.flowId) &&
    accepts(filter.disabled, row.disabled) &&
    accepts(filter.locked, row.executionId !== undefined) &&
    isWithin(row.nextDate, filter.nextAfter, filter.nextBefore) &&
    isWithin(row.date, filter.lastAfter, filter.lastBefore) &&
    containsText([row.triggerId, row.flowId, row.namespace], filter.query) &&
    passesAll(row, filter.texts);
}

const KEY_VALUE_SORTING: Sorting<KeyValueRow, "key" | "namespace" | "updatedAt" | "expiresAt"> = {
  values: {
    key: (row) => row.key,
    namespace: (row) => row.namespace,
    updatedAt: (row) => row.updatedAt,
    expiresAt: (row) => row.expiresAt,
  },
  key: [(row) => row.namespace, (row) => row.key],
  fallback: { key: "namespace", descending: false },
};

function keyValueMatcher(filter: KeyValueFilter): (row: KeyValueRow) => boolean {
  return (row) =>
    row.tenant === filter.tenant &&
    isInNamespace(row.namespace, filter) &&
    isWithin(row.updatedAt, filter.updatedAfter, filter.updatedBefore) &&
    containsText([row.key, row.namespace], filter.query) &&
    passesAll(row, filter.texts);
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
    search: async (filter, now, page) => {
      const matches = keyValueMatcher(filter);
      const rows = [...tables().keyValues.values()].filter((row) => lives(row, now) && matches(row));
      return pageOf(rows, page, KEY_VALUE_SORTING);
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
    ofKind: async (kind) => {
      const rows = [...tables().documents.values()].filter((row) => row.kind === kind);
      const compare = (left: DocumentRow, right: DocumentRow) =>
        compareValues(left.tenant, right.tenant) || compareValues(left.id, right.id);
      return structuredClone(rows.toSorted(compare));
    },
  };
}

export function idempotencyKeyQueries(tables: () => Tables): IdempotencyKeyQueries {
  return {
    get: async ({ tenant, id }) => structuredClone(tables().idempotencyKeys.get(keyOf(tenant, id))),
    expiring: async (limit) => {
      const rows = [...tables().idempotencyKeys.values()].toSorted(
        (left, right) =>
          left.expiresAt - right.expiresAt ||
          compareValues(left.tenant, right.tenant) ||
          compareValues(left.id, right.id),
      );
      return structuredClone(rows.slice(0, limit));
    },
  };
}
