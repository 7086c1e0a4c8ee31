import { type Catalogue, checkFlow, type JsonMap } from "@capstan/model";
import {
  createRequestKeys,
  type ExecutionWithRuns,
  type FetchType,
  type FlowService,
  flowRowOf,
  type QueueState,
  type Runtime,
  systemClock,
  type TriggerExplanation,
  type TriggerService,
  type WebhookStart,
} from "@capstan/runtime";
import { pino } from "pino";
import { createMemoryStore, type FlowRow, type Store, type TriggerKey, type TriggerRow } from "@capstan/store";
import { createMemoryStorage } from "@capstan/storage";
import { createExecutionTable, type ExecutionTable } from "./execution-table.ts";
import { createMemoryExecutions } from "./memory-executions.ts";
import { requestError } from "./request-error.ts";

/** What a memory runtime knows besides its store, for tests to read. */
export interface Memory {
  /** Every revision, by `namespace.id`. */
  readonly flows: ReadonlyMap<string, readonly FlowRow[]>;
  readonly executions: ExecutionTable["known"];
}

/** A runtime over the store in memory that runs nothing: tests say what becomes of an execution. */
export interface MemoryRuntime {
  readonly runtime: Runtime;
  readonly memory: Memory;
  /** Replaces an execution, tells its followers. */
  readonly change: (id: string, change: Partial<ExecutionWithRuns["row"]>) => void;
  readonly log: ExecutionTable["log"];
  readonly standings: ExecutionTable["standings"];
  /** What the runtime tells of its limits. */
  readonly queues: QueueState[];
}

export function createMemoryRuntime(catalogue: Catalogue, now: () => number): MemoryRuntime {
  // What is committed is there at once.
  const store = createMemoryStore({ whenPending: (flush) => flush() });
  const storage = createMemoryStorage({ now });
  const revisions = new Map<string, FlowRow[]>();
  const flows = flowService(revisions, store, catalogue, now);
  const table = createExecutionTable(store, now);
  const executions = createMemoryExecutions({ table, flows, store, now });
  const queues: QueueState[] = [];
  const runtime: Runtime = {
    async start() {
      await store.start();
      await storage.start();
    },
    stop: async () => {},
    flows,
    executions,
    triggers: triggerService(store, executions),
    store,
    storage,
    workers: undefined,
    requestKeys: createRequestKeys({ store, clock: { ...systemClock, now }, logger: pino({ level: "silent" }) }),
    queues: () => queues,
    secretNames: async () => [],
    services: (tenant) => ({
      keyValues: {
        get: (namespace, key) => store.keyValues.get({ tenant, namespace, key }, now()),
        async set(namespace, key, value, { type = "STRING", ttlMs, description } = {}) {
          const time = { createdAt: now(), updatedAt: now(), ...(ttlMs !== undefined && { expiresAt: now() + ttlMs }) };
          const row = { tenant, namespace, key, value, type, ...time };
          await store.commit({ keyValues: [description === undefined ? row : { ...row, description }] });
        },
        list: (namespace) => store.keyValues.list(tenant, namespace, now()),
        async delete(namespace, key) {
          const isThere = (await store.keyValues.get({ tenant, namespace, key }, now())) !== undefined;
          await store.commit({ removedKeyValues: [{ tenant, namespace, key }] });
          return isThere;
        },
      },
      get namespaceFiles(): never {
        throw new Error("the memory runtime has no namespace files");
      },
      get executions(): never {
        throw new Error("the memory runtime has no services of executions");
      },
      get flows(): never {
        throw new Error("the memory runtime has no services of flows");
      },
      secret: () => Promise.reject(new Error("the memory runtime has no secrets")),
    }),
  };
  const { known, change, log, standings } = table;
  return { runtime, memory: { flows: revisions, executions: known }, change, log, standings, queues };
}

function flowService(
  revisions: Map<string, FlowRow[]>,
  store: Store,
  catalogue: Catalogue,
  now: () => number,
): FlowService {
  const check = (source: string) => checkFlow(source, catalogue);
  const latest = ({ namespace, id }: { namespace: string; id: string }) => {
    const row = revisions.get(`${namespace}.${id}`)?.at(-1);
    return row?.deleted === true ? undefined : row;
  };
  const push = async (row: FlowRow) => {
    const key = `${row.namespace}.${row.id}`;
    revisions.set(key, [...(revisions.get(key) ?? []), row]);
    await store.commit({ flows: [row] });
    return row;
  };
  const required = (key: { namespace: string; id: string }) => {
    const row = latest(key);
    if (row === undefined) throw requestError("flow-not-found", `no flow ${key.id}`);
    return row;
  };
  return {
    check,
    async save(tenant, source, { mode, key, checked: given } = {}) {
      const checked = given ?? check(source);
      const { flow, diagnostics } = checked;
      const problems = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
      if (flow === undefined || problems.length > 0) throw requestError("flow-invalid", "invalid flow", problems);
      if (key !== undefined && mode === "update") required(key);
      if (key !== undefined && (key.id !== flow.id || key.namespace !== flow.namespace))
        throw requestError("flow-invalid", "another id");
      const old = latest(flow);
      if (mode === "create" && old !== undefined) throw requestError("flow-exists", "the flow exists");
      if (mode === "update" && old === undefined) throw requestError("flow-not-found", "no such flow");
      if (old?.source === source) return { row: old, changed: false, isNew: false, checked };
      const revision = (revisions.get(`${flow.namespace}.${flow.id}`)?.length ?? 0) + 1;
      const row = flowRowOf(tenant, flow, source, revision, now());
      return { row: await push(row), changed: true, isNew: old === undefined, checked };
    },
    get: async (key) => latest(key),
    async checked(key, revision) {
      const found = revisions.get(`${key.namespace}.${key.id}`)?.find((row) => row.revision === revision);
      const row = revision === undefined ? required(key) : (found ?? required({ ...key, id: `${key.id}@${revision}` }));
      return { row, checked: check(row.source) };
    },
    async delete(key) {
      const row = latest(key);
      if (row !== undefined) await push({ ...row, revision: row.revision + 1, deleted: true });
      return row !== undefined;
    },
    async setDisabled(key, disabled) {
      const row = required(key);
      return push({ ...row, revision: row.revision + 1, disabled });
    },
  };
}

function startOf(row: ExecutionWithRuns["row"]): WebhookStart {
  const parameters = row.trigger?.variables["parameters"] as Readonly<Record<string, readonly string[]>>;
  const wants = parameters["mode"]?.[0];
  const contentType = wants === "text" ? { responseContentType: "text/plain" } : {};
  return { row, wait: wants !== undefined, returnOutputs: wants !== "whole", ...contentType };
}

/** One with everything that an explanation can have. */
function explanationOf(row: TriggerRow, executionId: string | undefined): TriggerExplanation {
  const { tenant, namespace, flowId, triggerId, type } = row;
  const unmet = { condition: "DayWeek", properties: { dayOfWeek: "MONDAY" }, actual: { day: "FRIDAY" } };
  const evaluation = { at: row.updatedAt, outcome: "not-met", text: "a condition does not hold", unmet } as const;
  return {
    key: { tenant, namespace, flowId, triggerId },
    type,
    row,
    findings: [{ code: "locked", text: "it waits", blocks: true, until: row.updatedAt, executionId: "locking" }],
    dates: [{ date: row.updatedAt, holds: false, unmet }],
    gathered: [{ name: "all/flow:0", at: row.updatedAt, executionId: "met" }, { name: "all/flow:1" }],
    evaluation,
    ...(executionId === undefined ? {} : { asked: { fires: false, evaluation: { ...evaluation, executionId } } }),
  };
}

function triggerService(store: Store, executions: Runtime["executions"]): TriggerService {
  const change = async (key: TriggerKey, edit: (row: TriggerRow) => TriggerRow) => {
    const row = await store.triggers.get(key);
    if (row === undefined) throw requestError("trigger-not-found", "no such trigger");
    await store.commit({ triggers: [edit(row)] });
    return edit(row);
  };
  const withoutLock = ({ executionId: _executionId, ...row }: TriggerRow) => row;
  return {
    search: (filter, page) => store.triggers.search(filter, page),
    explain: async (key, executionId) => {
      const row = await store.triggers.get(key);
      if (row === undefined) throw requestError("trigger-not-found", "no such trigger");
      return explanationOf(row, executionId);
    },
    async testFire({ tenant, namespace, flowId, triggerId }, variables = {}) {
      const row = await store.triggers.get({ tenant, namespace, flowId, triggerId });
      if (row === undefined) throw requestError("trigger-not-found", "no such trigger");
      return executions.create({ tenant, namespace, flowId, trigger: { id: triggerId, type: row.type, variables } });
    },
    setDisabled: (key, disabled) => change(key, (row) => ({ ...row, disabled })),
    unlock: (key) => change(key, withoutLock),
    restart: (key) => change(key, withoutLock),
    async forget(key) {
      const row = await store.triggers.get(key);
      if (row === undefined) throw requestError("trigger-not-found", "no such trigger");
      if (row.executionId !== undefined) throw requestError("trigger-locked", "the trigger is locked");
      await store.commit({ removedTriggers: [key] });
    },
    setBackfill: (key, backfill) =>
      change(key, ({ backfill: _old, ...row }) => (backfill === undefined ? row : { ...row, backfill })),
    async webhook({ tenant, namespace, flowId, key, body, headers, parameters, requestKey }) {
      if (key === "choosy-key") throw requestError("webhook-conditions", "the conditions do not hold");
      if (key !== "secret-key") throw requestError("webhook-not-found", "there is no such webhook");
      const fetchType = (parameters["fetch"]?.[0] ?? "FETCH") as FetchType;
      const content = await body?.(fetchType);
      const { executionId: id, ...shown } = { body: "", ...content };
      const variables = JSON.parse(JSON.stringify({ ...shown, headers, parameters })) as JsonMap;
      const trigger = { id: "hook", type: "io.kestra.plugin.core.trigger.Webhook", variables };
      const row = await executions.create({
        tenant,
        namespace,
        flowId,
        trigger,
        from: "trigger",
        requestKey,
        ...(id !== undefined && { id }),
      });
      return startOf(row);
    },
    async webhookStart(tenant, executionId) {
      const found = await executions.get(tenant, executionId);
      return found && startOf(found.row);
    },
  };
}
