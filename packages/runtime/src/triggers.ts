import type { LiveExecution } from "@capstan/engine";
import { evaluateDeep, settle, type Environment } from "@capstan/expression";
import type { Catalogue, JsonMap, Trigger } from "@capstan/model";
import {
  resolveProperties,
  type PollingContext,
  type Services,
  type TaskLogger,
  type TriggerDefinition,
} from "@capstan/sdk";
import type { Storage } from "@capstan/storage";
import type { FlowRow, Store } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "./clock.ts";
import type { Creation } from "./executor/creation.ts";
import type { Executor } from "./executor/executor.ts";
import type { FlowRegistry } from "./executor/flows.ts";
import { createFlowTriggers } from "./flow-triggers.ts";
import { createScheduler } from "./scheduler/scheduler.ts";
import type { ScheduledFlow, TriggerCall, TriggerKind } from "./scheduler/scheduler-parts.ts";
import { triggerScope } from "./scheduler/trigger-scope.ts";
import { RequestError, type TriggerService } from "./services.ts";
import { executionFiles } from "./worker/execution-files.ts";
import { propertyRenderer } from "./worker/evaluation.ts";

export interface TriggerParts {
  readonly store: Store;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly catalogue: Catalogue;
  readonly flows: FlowRegistry;
  readonly creation: Creation;
  readonly executor: Executor;
  readonly globals: Readonly<Record<string, unknown>>;
  readonly timeZone: string;
  readonly newId: () => string;
  readonly environment: (tenant: string, namespace: string, flowId: string) => Environment;
  readonly services: (tenant: string) => Services;
  readonly webhooks: TriggerService;
}

/** Everything that starts executions by itself: schedules, polling and realtime triggers, other flows. */
export interface Triggers {
  readonly service: TriggerService;
  start(): Promise<void>;
  stop(): Promise<void>;
  flowChanged(row: FlowRow): void;
  ended(execution: LiveExecution): void;
  stateChanged(execution: LiveExecution): void;
}

export function createTriggers(parts: TriggerParts): Triggers {
  const { store, clock, logger, flows, creation, newId, timeZone, environment, globals, webhooks } = parts;
  const scheduler = createScheduler({
    store,
    clock,
    logger,
    timeZone,
    newId,
    environment,
    globals,
    kindOf: (type) => kindOf(parts.catalogue, type),
    compiled: async (key): Promise<ScheduledFlow | undefined> => {
      try {
        const { plan, row } = await flows.compiled(key);
        return { flow: plan.flow, revision: row.revision };
      } catch (error) {
        if (error instanceof RequestError) return undefined;
        throw error;
      }
    },
    fire: async ({ executionId, flow, trigger, inputs, labels, variables, failure }, row) => {
      const { tenant, namespace, id } = flow;
      await creation.create(
        {
          tenant,
          namespace,
          flowId: id,
          id: executionId,
          inputs,
          labels,
          trigger: { id: trigger.id, type: trigger.type, variables },
          from: "trigger",
          ...(failure === undefined ? {} : { failure }),
        },
        row,
      );
    },
    poll: (call) => poll(parts, call),
    listen: (call, emit) => listen(parts, call, emit),
  });
  const flowTriggers = createFlowTriggers(parts);
  const inBackground = (work: Promise<unknown>, what: string) => {
    void work.catch((error: unknown) => logger.error({ err: error }, what));
  };
  return {
    service: {
      webhook: webhooks.webhook,
      search: webhooks.search,
      setDisabled: async (key, disabled) =>
        (await scheduler.setDisabled(key, disabled)) ?? webhooks.setDisabled(key, disabled),
      unlock: async (key) => (await scheduler.unlock(key)) ?? webhooks.unlock(key),
      restart: async (key) => (await scheduler.restart(key)) ?? webhooks.restart(key),
      setBackfill: async (key, backfill) =>
        (await scheduler.setBackfill(key, backfill)) ?? webhooks.setBackfill(key, backfill),
    },
    start: async () => {
      await flowTriggers.start();
      await scheduler.start();
    },
    stop: () => scheduler.stop(),
    flowChanged: (row) => {
      flowTriggers.flowChanged(row);
      inBackground(scheduler.flowChanged(row), "the triggers of a flow can't be updated");
    },
    ended: ({ tenant, id, state, fixed: { namespace, flowId, trigger } }) => {
      scheduler.executionEnded({ tenant, id, namespace, flowId, state, ...(trigger === undefined ? {} : { trigger }) });
    },
    stateChanged: (execution) => flowTriggers.stateChanged(execution),
  };
}

function kindOf(catalogue: Catalogue, type: string): TriggerKind {
  if (type.endsWith(".trigger.Schedule") || type.endsWith(".trigger.ScheduleOnDates")) return "schedule";
  const definition = catalogue.find(type) as TriggerDefinition | undefined;
  if (definition?.poll !== undefined) return "polling";
  return definition?.listen === undefined ? "event" : "realtime";
}

async function poll(parts: TriggerParts, call: TriggerCall): Promise<JsonMap | undefined> {
  const { definition, context } = await prepare(parts, call);
  const event = await definition.poll?.(context as never);
  return event?.variables as JsonMap | undefined;
}

async function listen(
  parts: TriggerParts,
  call: TriggerCall,
  emit: (variables: JsonMap) => Promise<void>,
): Promise<void> {
  const { definition, context } = await prepare(parts, call);
  const realtime = {
    ...context,
    emit: (event: { variables: Record<string, unknown> }) => emit(event.variables as JsonMap),
  };
  await definition.listen?.(realtime as never);
}

/** What a trigger of a plugin is given: its rendered properties, and the platform as its flow may use it. */
async function prepare(parts: TriggerParts, call: TriggerCall) {
  const { key, flow, trigger, signal } = call;
  const definition = parts.catalogue.find(trigger.type) as TriggerDefinition;
  const { tenant, namespace, id: flowId } = key;
  const environment = parts.environment(tenant, namespace, flowId);
  const scope = triggerScope(key, flow, {}, environment, parts.globals);
  const resolved = await settle(environment, (settling) =>
    resolveProperties(definition.properties, trigger.properties, propertyRenderer(scope, settling)),
  );
  if ("error" in resolved) throw new Error(resolved.error);
  const owner = { tenant, namespace, flowId, executionId: "", taskId: trigger.id, taskRunId: "" };
  const context: PollingContext<unknown> = {
    tenant,
    namespace,
    flowId,
    triggerId: trigger.id,
    properties: resolved.properties,
    log: triggerLog(parts, call, trigger),
    now: () => parts.clock.now(),
    signal,
    files: executionFiles(parts.storage, owner),
    services: parts.services(tenant),
    render: async (source, extra) => String(await rendered(source, extra)),
    evaluate: (value, extra) => rendered(value, extra),
  };
  const rendered = (value: unknown, extra?: Record<string, unknown>) =>
    settle(environment, (settling) =>
      evaluateDeep(
        value,
        { get: (name) => extra?.[name] ?? scope.get(name), keys: () => [...scope.keys(), ...Object.keys(extra ?? {})] },
        settling,
      ),
    );
  return { definition, context };
}

/** Lines of a trigger go to the log of its flow. */
function triggerLog({ store, clock, logger }: TriggerParts, { key }: TriggerCall, trigger: Trigger): TaskLogger {
  const write = (level: "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR") => (message: string) => {
    const { tenant, namespace, id: flowId } = key;
    const lines = [{ time: clock.now(), level, message }];
    void store
      .commit({ logs: [{ tenant, namespace, flowId, triggerId: trigger.id, lines }] })
      .catch((error: unknown) => logger.error({ err: error }, "a line of a trigger can't be written"));
  };
  return {
    trace: write("TRACE"),
    debug: write("DEBUG"),
    info: write("INFO"),
    warn: write("WARN"),
    error: write("ERROR"),
  };
}
