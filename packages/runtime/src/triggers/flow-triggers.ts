import { FLOW_TRIGGER_TYPE, flowTriggerOutcome, scopeFor, type LiveExecution, type State } from "@capstan/engine";
import { evaluateDeep, scopeOf, settle, type Environment } from "@capstan/expression";
import type { JsonMap, Trigger } from "@capstan/model";
import type { FlowKey, FlowRow, Store, TriggerRow } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { Creation } from "../executor/creation.ts";
import type { CompiledFlow, FlowRegistry } from "../executor/flows.ts";
import { RequestError } from "../services.ts";

export interface FlowTriggerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly flows: FlowRegistry;
  readonly creation: Creation;
  readonly globals: Readonly<Record<string, unknown>>;
  readonly newId: () => string;
  readonly environment: (tenant: string, namespace: string, flowId: string) => Environment;
}

/** Starts executions when those of other flows change their state. */
export interface FlowTriggers {
  start(): Promise<void>;
  flowChanged(row: Omit<FlowRow, "source">): void;
  stateChanged(execution: LiveExecution): void;
}

/** Changes are looked at one after the other, so that marks of preconditions are counted in their order. */
export function createFlowTriggers(parts: FlowTriggerParts): FlowTriggers {
  const { store, flows, logger } = parts;
  const watching = new Map<string, FlowKey>();
  let last: Promise<void> = Promise.resolve();

  const flowChanged = (row: Omit<FlowRow, "source">) => {
    const name = `${row.tenant}/${row.namespace}/${row.id}`;
    const watches = !row.deleted && !row.disabled && row.triggers.some(({ type }) => type === FLOW_TRIGGER_TYPE);
    if (watches) watching.set(name, { tenant: row.tenant, namespace: row.namespace, id: row.id });
    else watching.delete(name);
  };
  const look = async (execution: LiveExecution, state: State) => {
    for (const key of watching.values()) {
      if (key.tenant !== execution.tenant) continue;
      const compiled = await flows.compiled(key);
      for (const trigger of compiled.plan.flow.triggers) {
        if (trigger.type === FLOW_TRIGGER_TYPE && !trigger.disabled)
          await decide(parts, { key, compiled, trigger, execution, state });
      }
    }
  };
  return {
    start: async () => {
      for (const row of await store.flows.withTriggers()) flowChanged(row);
    },
    flowChanged,
    stateChanged: (execution) => {
      if (watching.size === 0) return;
      const { state } = execution;
      last = last
        .then(() => look(execution, state))
        .catch((error: unknown) => logger.error({ err: error }, "a flow trigger can't be evaluated"));
    },
  };
}

interface Look {
  readonly key: FlowKey;
  readonly compiled: CompiledFlow;
  readonly trigger: Trigger;
  readonly execution: LiveExecution;
  readonly state: State;
}

async function decide(parts: FlowTriggerParts, { key, compiled, trigger, execution, state }: Look): Promise<void> {
  const { store, clock, logger } = parts;
  const triggerKey = { tenant: key.tenant, namespace: key.namespace, flowId: key.id, triggerId: trigger.id };
  const stored = await store.triggers.get(triggerKey);
  if (stored?.disabled === true) return;
  const { fixed } = execution;
  const upstreamEnvironment = parts.environment(execution.tenant, fixed.namespace, fixed.flowId);
  const outcome = await settle(upstreamEnvironment, (environment) =>
    flowTriggerOutcome(
      trigger,
      { namespace: key.namespace, id: key.id },
      {
        execution: {
          id: execution.id,
          namespace: fixed.namespace,
          flowId: fixed.flowId,
          flowRevision: fixed.flowRevision,
          state,
          labels: execution.labels,
          ...(execution.outputs === undefined ? {} : { outputs: execution.outputs }),
        },
        scope: scopeFor(execution, undefined, parts.globals),
        environment,
        now: clock.now(),
      },
      stored?.memory,
    ),
  );
  if (outcome.failure !== undefined)
    logger.info(
      { flow: `${key.namespace}.${key.id}`, trigger: trigger.id, reason: outcome.failure },
      "flow trigger not evaluated",
    );
  const { memory: _memory, ...rest }: Partial<TriggerRow> = stored ?? {};
  const row: TriggerRow = {
    ...rest,
    ...triggerKey,
    type: trigger.type,
    disabled: false,
    ...(outcome.memory === undefined
      ? stored?.memory === undefined
        ? {}
        : { memory: stored.memory }
      : { memory: outcome.memory }),
    updatedAt: clock.now(),
  };
  if (outcome.fire !== undefined)
    await fire(parts, { key, compiled, trigger, execution, variables: outcome.fire, row });
  else if (outcome.memory !== undefined) await store.commit({ triggers: [row] });
}

interface Firing {
  readonly key: FlowKey;
  readonly compiled: CompiledFlow;
  readonly trigger: Trigger;
  readonly execution: LiveExecution;
  readonly variables: JsonMap;
  readonly row: TriggerRow;
}

async function fire(
  parts: FlowTriggerParts,
  { key, compiled, trigger, execution, variables, row }: Firing,
): Promise<void> {
  const environment = parts.environment(key.tenant, key.namespace, key.id);
  const roots = {
    ...parts.globals,
    flow: { id: key.id, namespace: key.namespace, revision: compiled.row.revision },
    vars: compiled.plan.flow.variables,
    trigger: variables,
  };
  // Inputs see the upstream execution as well, with the outputs of its tasks.
  const scope = scopeOf(roots, scopeFor(execution, undefined, parts.globals));
  const correlation = execution.labels.filter(({ key: label }) => label === "system.correlationId");
  try {
    const inputs = await settle(environment, (settling) => evaluateDeep(trigger.inputs ?? {}, scope, settling));
    await parts.creation.create(
      {
        tenant: key.tenant,
        namespace: key.namespace,
        flowId: key.id,
        id: parts.newId(),
        inputs: inputs as JsonMap,
        labels: [...Object.entries(trigger.labels).map(([label, value]) => ({ key: label, value })), ...correlation],
        trigger: { id: trigger.id, type: trigger.type, variables },
        from: "trigger",
      },
      row,
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!(error instanceof RequestError)) parts.logger.error({ err: error }, "a flow trigger could not start its flow");
    const lines = [{ time: parts.clock.now(), level: "WARN" as const, message: reason }];
    const { tenant, namespace, flowId, triggerId } = row;
    await parts.store.commit({ triggers: [row], logs: [{ tenant, namespace, flowId, triggerId, lines }] });
  }
}
