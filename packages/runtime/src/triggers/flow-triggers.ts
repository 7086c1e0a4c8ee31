import {
  FLOW_TRIGGER_TYPE,
  flowTriggerOutcome,
  type LiveExecution,
  looksAtState,
  scopeFor,
  seededId,
  type State,
} from "@capstan/engine";
import { evaluateDeep, scopeOf, settle, type Environment } from "@capstan/expression";
import type { JsonMap, Trigger } from "@capstan/model";
import type { FlowKey, FlowRow, Store, TriggerRow } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { Creation } from "../executor/creation.ts";
import type { CompiledFlow, FlowRegistry } from "../executor/flows.ts";
import type { Executor, StateEffect } from "../executor/executor.ts";
import { commitInsisting } from "../executor/insist.ts";
import { RequestError } from "../services.ts";
import { type Change, createChangeNotes, dateOf } from "./change-notes.ts";
import { renderedLabels } from "./trigger-labels.ts";

export interface FlowTriggerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly flows: FlowRegistry;
  readonly creation: Creation;
  readonly executor: Executor;
  readonly globals: Readonly<Record<string, unknown>>;
  /** An execution as the store has it. */
  readonly restore: (tenant: string, id: string) => Promise<LiveExecution | undefined>;
  readonly environment: (tenant: string, namespace: string, flowId: string) => Environment;
}

/** Starts executions when those of other flows change their state. */
export interface FlowTriggers {
  start(): Promise<void>;
  flowChanged(row: Omit<FlowRow, "source">): void;
  stateChanged(execution: LiveExecution, change: StateEffect): void;
}

/**
 * Changes are looked at one after the other, so that marks of preconditions are counted in their order. A change that somebody
 * may look at is noted in its own commit, looked at after that, and struck out when that is done, so that none is missed when
 * the process dies in between. What it starts has an id that follows from the change, so that nothing is started twice.
 */
export function createFlowTriggers(parts: FlowTriggerParts): FlowTriggers {
  const { store, flows, logger } = parts;
  const watching = new Map<string, FlowKey>();
  const changes = createChangeNotes(parts);
  let last: Promise<void> = Promise.resolve();

  const flowChanged = (row: Omit<FlowRow, "source">) => {
    const name = `${row.tenant}/${row.namespace}/${row.id}`;
    const watches = !row.deleted && !row.disabled && row.triggers.some(({ type }) => type === FLOW_TRIGGER_TYPE);
    if (watches) watching.set(name, { tenant: row.tenant, namespace: row.namespace, id: row.id });
    else watching.delete(name);
  };
  const watchers = ({ tenant, fixed }: LiveExecution) =>
    [...watching.values()].filter(
      (key) => key.tenant === tenant && !(key.namespace === fixed.namespace && key.id === fixed.flowId),
    );
  const looks = (trigger: Trigger, state: State) =>
    trigger.type === FLOW_TRIGGER_TYPE && !trigger.disabled && looksAtState(trigger, state);
  /** A flow that is not in memory may look at anything. */
  const isWatched = (execution: LiveExecution, state: State) =>
    watchers(execution).some((key) => {
      const known = flows.cached(key)?.plan.flow.triggers;
      return known === undefined || known.some((trigger) => looks(trigger, state));
    });
  const look = async (change: Change) => {
    let isDone = true;
    for (const key of watchers(change.execution)) {
      try {
        const compiled = await flows.compiled(key);
        const interested = compiled.plan.flow.triggers.filter((trigger) => looks(trigger, change.state));
        for (const trigger of interested) await decide(parts, { key, compiled, trigger, ...change });
      } catch (error) {
        isDone = false;
        logger.error({ err: error, flow: `${key.namespace}.${key.id}` }, "a flow trigger can't be evaluated");
      }
    }
    if (isDone) changes.strike(change);
  };
  const later = (change: Change) => {
    last = last.then(() => look(change));
  };
  return {
    start: async () => {
      for (const row of await store.flows.withTriggers()) flowChanged(row);
      for (const change of await changes.unread()) later(change);
    },
    flowChanged,
    stateChanged: (execution, effect) => {
      if (watching.size > 0 && isWatched(execution, effect.state)) changes.note(execution, effect, later);
    },
  };
}

interface Look extends Change {
  readonly key: FlowKey;
  readonly compiled: CompiledFlow;
  readonly trigger: Trigger;
}

async function decide(parts: FlowTriggerParts, looking: Look): Promise<void> {
  const { key, trigger, execution, state, isAgain } = looking;
  const { store, clock, logger } = parts;
  const id = executionIdOf(looking);
  if (isAgain && (await store.executions.get(key.tenant, id)) !== undefined) return;
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
  if (outcome.fire !== undefined) await fire(parts, { ...looking, id, variables: outcome.fire, row });
  else if (outcome.memory !== undefined) await commitInsisting(store, { triggers: [row] }, clock, logger);
}

/** Always the same for one trigger and one change. */
function executionIdOf(look: Look): string {
  const { execution, position, key, trigger } = look;
  return seededId(`${execution.id}/${position}/${key.namespace}.${key.id}/${trigger.id}`, dateOf(look));
}

interface Firing extends Look {
  /** Of the execution to create. */
  readonly id: string;
  readonly variables: JsonMap;
  readonly row: TriggerRow;
}

async function fire(parts: FlowTriggerParts, firing: Firing): Promise<void> {
  const { key, compiled, trigger, execution, id, variables, row } = firing;
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
    const { inputs, labels } = await settle(environment, (settling) => ({
      inputs: evaluateDeep(trigger.inputs ?? {}, scope, settling) as JsonMap,
      labels: renderedLabels(trigger, scope, settling),
    }));
    await parts.creation.create(
      {
        tenant: key.tenant,
        namespace: key.namespace,
        flowId: key.id,
        id,
        inputs,
        labels: [...labels, ...correlation],
        trigger: { id: trigger.id, type: trigger.type, variables },
        from: "trigger",
      },
      { trigger: row, patient: true },
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!(error instanceof RequestError)) parts.logger.error({ err: error }, "a flow trigger could not start its flow");
    const lines = [{ time: parts.clock.now(), level: "WARN" as const, message: reason }];
    const { tenant, namespace, flowId, triggerId } = row;
    const unit = { triggers: [row], logs: [{ tenant, namespace, flowId, triggerId, lines }] };
    await commitInsisting(parts.store, unit, parts.clock, parts.logger);
  }
}
