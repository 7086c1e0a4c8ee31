import { type Catalogue, checkFlow } from "@capstan/model";
import type { ExecutionWithRuns, FlowService, Runtime, TriggerService } from "@capstan/runtime";
import type { FlowRow, Store, TriggerKey, TriggerRow } from "@capstan/store";
import { createMemoryStorage } from "@capstan/storage";
import { createMemoryExecutions, type MemoryExecutions } from "./memory-executions.ts";
import { createMemory, createMemoryStore, type Memory } from "./memory-store.ts";
import { requestError } from "./request-error.ts";

/** A runtime over plain maps that runs nothing: tests say what becomes of an execution. */
export interface MemoryRuntime {
  readonly runtime: Runtime;
  readonly memory: Memory;
  /** Replaces an execution, tells its followers. */
  readonly change: (id: string, change: Partial<ExecutionWithRuns["row"]>) => void;
  readonly log: MemoryExecutions["log"];
}

export function createMemoryRuntime(catalogue: Catalogue, now: () => number): MemoryRuntime {
  const memory = createMemory();
  const store = createMemoryStore(memory);
  const storage = createMemoryStorage({ now });
  const flows = flowService(memory, catalogue, now);
  const { executions, change, log } = createMemoryExecutions(memory, flows, store, now);
  const runtime: Runtime = {
    start: () => storage.start(),
    stop: async () => {},
    flows,
    executions,
    triggers: triggerService(memory, store, executions),
    store,
    storage,
    services: () => ({
      keyValues: {
        get: async (namespace, key) => memory.keyValues.get(`${namespace}/${key}`),
        async set(namespace, key, value, { type = "STRING", ttlMs, description } = {}) {
          const time = { createdAt: now(), updatedAt: now(), ...(ttlMs !== undefined && { expiresAt: now() + ttlMs }) };
          const row = { tenant: "main", namespace, key, value, type, ...time };
          memory.keyValues.set(`${namespace}/${key}`, description === undefined ? row : { ...row, description });
        },
        list: async (namespace) => [...memory.keyValues.values()].filter((row) => row.namespace === namespace),
        delete: async (namespace, key) => memory.keyValues.delete(`${namespace}/${key}`),
      },
      get namespaceFiles(): never {
        throw new Error("the memory runtime has no namespace files");
      },
      get executions(): never {
        throw new Error("the memory runtime has no services of executions");
      },
      secret: () => Promise.reject(new Error("the memory runtime has no secrets")),
    }),
  };
  return { runtime, memory, change, log };
}

function flowService(memory: Memory, catalogue: Catalogue, now: () => number): FlowService {
  const check = (source: string) => checkFlow(source, catalogue);
  const latest = ({ namespace, id }: { namespace: string; id: string }) => {
    const row = memory.flows.get(`${namespace}.${id}`)?.at(-1);
    return row?.deleted === true ? undefined : row;
  };
  const push = (row: FlowRow) => {
    const key = `${row.namespace}.${row.id}`;
    memory.flows.set(key, [...(memory.flows.get(key) ?? []), row]);
    return row;
  };
  const required = (key: { namespace: string; id: string }) => {
    const row = latest(key);
    if (row === undefined) throw requestError("flow-not-found", 404, `no flow ${key.id}`);
    return row;
  };
  return {
    check,
    async save(tenant, source, { mode, key } = {}) {
      const { flow, diagnostics } = check(source);
      const problems = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
      if (flow === undefined || problems.length > 0) throw requestError("flow-invalid", 422, "invalid flow", problems);
      if (key !== undefined && (key.id !== flow.id || key.namespace !== flow.namespace))
        throw requestError("flow-invalid", 422, "another id");
      const old = latest(flow);
      if (mode === "create" && old !== undefined) throw requestError("flow-exists", 422, "the flow exists");
      if (mode === "update" && old === undefined) throw requestError("flow-not-found", 404, "no such flow");
      if (old?.source === source) return { row: old, changed: false, diagnostics };
      const triggers = flow.triggers.map(({ id, type }) => ({ id, type }));
      const { id, namespace, disabled, labels } = flow;
      const revision = (memory.flows.get(`${namespace}.${id}`)?.length ?? 0) + 1;
      const row = {
        tenant,
        namespace,
        id,
        revision,
        source,
        deleted: false,
        disabled,
        labels,
        triggers,
        updatedAt: now(),
      };
      return { row: push(row), changed: true, diagnostics };
    },
    get: async (key) => latest(key),
    async checked(key, revision) {
      const found = memory.flows.get(`${key.namespace}.${key.id}`)?.find((row) => row.revision === revision);
      const row = revision === undefined ? required(key) : (found ?? required({ ...key, id: `${key.id}@${revision}` }));
      return { row, checked: check(row.source) };
    },
    async delete(key) {
      const row = latest(key);
      if (row !== undefined) push({ ...row, revision: row.revision + 1, deleted: true });
      return row !== undefined;
    },
    async setDisabled(key, disabled) {
      const row = required(key);
      return push({ ...row, revision: row.revision + 1, disabled });
    },
  };
}

function triggerService(memory: Memory, store: Store, executions: Runtime["executions"]): TriggerService {
  const change = ({ triggerId }: TriggerKey, edit: (row: TriggerRow) => TriggerRow) => {
    const row = memory.triggers.get(triggerId);
    if (row === undefined) throw requestError("trigger-not-found", 404, "no such trigger");
    memory.triggers.set(triggerId, edit(row));
    return Promise.resolve(edit(row));
  };
  const withoutLock = ({ executionId: _executionId, ...row }: TriggerRow) => row;
  return {
    search: (filter, page) => store.triggers.search(filter, page),
    setDisabled: (key, disabled) => change(key, (row) => ({ ...row, disabled })),
    unlock: (key) => change(key, withoutLock),
    restart: (key) => change(key, withoutLock),
    setBackfill: (key, backfill) =>
      change(key, ({ backfill: _old, ...row }) => (backfill === undefined ? row : { ...row, backfill })),
    async webhook({ tenant, namespace, flowId, key, body, headers, parameters }) {
      if (key === "choosy-key") throw requestError("webhook-conditions", 409, "the conditions do not hold");
      if (key !== "secret-key") throw requestError("webhook-not-found", 404, "there is no such webhook");
      const variables = { body: body ?? "", headers, parameters };
      const trigger = { id: "hook", type: "io.kestra.plugin.core.trigger.Webhook", variables };
      const row = await executions.create({ tenant, namespace, flowId, trigger, from: "trigger" });
      const wants = parameters["mode"]?.[0];
      const contentType = wants === "text" ? { responseContentType: "text/plain" } : {};
      return { row, wait: wants !== undefined, returnOutputs: wants !== "whole", ...contentType };
    },
  };
}
