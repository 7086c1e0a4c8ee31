import type { FlowRow, KeyValueRow, LogBatch, LogEntry, MetricRow, Page, Store, TriggerRow } from "@capstan/store";
import type { ExecutionWithRuns } from "@capstan/runtime";

/** What a memory runtime knows; tests fill and read it. */
export interface Memory {
  /** Every revision, by `namespace.id`. */
  readonly flows: Map<string, FlowRow[]>;
  readonly executions: Map<string, ExecutionWithRuns>;
  readonly logs: LogBatch[];
  readonly metrics: MetricRow[];
  readonly triggers: Map<string, TriggerRow>;
  readonly keyValues: Map<string, KeyValueRow>;
}

export function createMemory(): Memory {
  return {
    flows: new Map(),
    executions: new Map(),
    logs: [],
    metrics: [],
    triggers: new Map(),
    keyValues: new Map(),
  };
}

/** The queries of a store over plain maps; only what the server asks of it. */
export function createMemoryStore(memory: Memory): Store {
  const latest = () =>
    Array.from(memory.flows.values(), (revisions) => revisions.at(-1)!).filter((row) => !row.deleted);
  const absent = async (): Promise<never> => {
    throw new Error("the memory store has no such query");
  };
  return {
    start: async () => {},
    stop: async () => {},
    async commit({ removedLogs = [] }) {
      for (const { executionId, triggerId } of removedLogs)
        remove(memory.logs, (batch) => batch.executionId === executionId && batch.triggerId === triggerId);
    },
    executions: {
      get: async (_tenant, id) => memory.executions.get(id)?.row,
      taskRuns: async (_tenant, id) => memory.executions.get(id)?.taskRuns ?? [],
      search: async (filter, page) => {
        const rows = Array.from(memory.executions.values(), ({ row }) => row).filter(
          (row) =>
            inNamespace(row, filter) &&
            (filter.flowId === undefined || row.flowId === filter.flowId) &&
            (filter.states === undefined || filter.states.includes(row.state)) &&
            (filter.startAfter === undefined || row.createdAt >= filter.startAfter) &&
            (filter.query === undefined || row.flowId.includes(filter.query)) &&
            (filter.labels ?? []).every((one) =>
              row.labels.some((label) => label.key === one.key && label.value === one.value),
            ),
        );
        return slice(page.sort?.[0]?.descending === true ? rows.toReversed() : rows, page);
      },
      listByState: absent,
      countByFlow: absent,
      latest: async (_tenant, keys) =>
        keys.flatMap(({ namespace, id }) => {
          const rows = Array.from(memory.executions.values(), ({ row }) => row);
          return rows.filter((row) => row.namespace === namespace && row.flowId === id).slice(-1);
        }),
    },
    logs: {
      search: async (filter, page) => {
        const entries = memory.logs.flatMap(({ lines, ...source }) =>
          lines.map((line, sequence): LogEntry => ({ ...source, ...line, sequence })),
        );
        const rows = entries.filter(
          (entry) =>
            (filter.executionId === undefined || entry.executionId === filter.executionId) &&
            (filter.taskRunId === undefined || entry.taskRunId === filter.taskRunId) &&
            (filter.minimumLevel !== "ERROR" || entry.level === "ERROR") &&
            (filter.query === undefined || entry.message.includes(filter.query)),
        );
        return slice(rows, page);
      },
    },
    metrics: {
      search: async ({ tenant: _tenant, ...filter }, page) =>
        slice(
          memory.metrics.filter((row) =>
            Object.entries(filter).every(([key, value]) => row[key as keyof typeof row] === value),
          ),
          page,
        ),
    },
    flows: {
      async get({ namespace, id }, options = {}) {
        const revisions = memory.flows.get(`${namespace}.${id}`);
        const row =
          options.revision === undefined
            ? revisions?.at(-1)
            : revisions?.find((one) => one.revision === options.revision);
        const isHidden = options.revision === undefined && options.includeDeleted !== true && row?.deleted === true;
        return isHidden ? undefined : row;
      },
      revisions: async ({ namespace, id }) => memory.flows.get(`${namespace}.${id}`) ?? [],
      search: async (filter, page) =>
        slice(
          latest().filter(
            (row) => inNamespace(row, filter) && (filter.query === undefined || row.id.includes(filter.query)),
          ),
          page,
        ),
      namespaces: async () => [...new Set(latest().map(({ namespace }) => namespace))].toSorted(),
      withTrigger: absent,
      unapplied: absent,
    },
    triggers: {
      get: async ({ triggerId }) => memory.triggers.get(triggerId),
      search: async (filter, page) =>
        slice(
          [...memory.triggers.values()].filter(
            (row) => inNamespace(row, filter) && (filter.flowId === undefined || row.flowId === filter.flowId),
          ),
          page,
        ),
      ofFlow: absent,
      toWake: absent,
      nextWake: absent,
    },
    keyValues: {
      get: async ({ namespace, key }, now) => {
        const row = memory.keyValues.get(`${namespace}/${key}`);
        return row?.expiresAt !== undefined && row.expiresAt <= now ? undefined : row;
      },
      list: absent,
    },
    timers: { all: absent },
    messages: { all: absent },
    documents: { get: async () => undefined, list: async () => [] },
  };
}

function inNamespace(
  { namespace }: { namespace: string },
  filter: { namespace?: string; namespacePrefix?: string },
): boolean {
  const { namespace: exact, namespacePrefix: prefix } = filter;
  if (exact !== undefined && namespace !== exact) return false;
  return prefix === undefined || namespace === prefix || namespace.startsWith(`${prefix}.`);
}

function slice<Row>(rows: readonly Row[], { offset, limit }: { offset: number; limit: number }): Page<Row> {
  return { rows: rows.slice(offset, offset + limit), total: rows.length };
}

function remove<Item>(items: Item[], isGone: (item: Item) => boolean): void {
  for (let index = items.length - 1; index >= 0; index -= 1) if (isGone(items[index]!)) items.splice(index, 1);
}
