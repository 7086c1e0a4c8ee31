import { createZones, type LiveExecution } from "@capstan/engine";
import type { Environment } from "@capstan/expression";
import type { Catalogue } from "@capstan/model";
import type { TriggerDefinition } from "@capstan/sdk";
import type { FlowKey, FlowRow, Store, TriggerKey, TriggerRow } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { Creation } from "../executor/creation.ts";
import type { Executor, StateEffect } from "../executor/executor.ts";
import type { FlowRegistry } from "../executor/flows.ts";
import type { Insist } from "../executor/insist.ts";
import type { Evaluations } from "./evaluations.ts";
import type { TriggerChange } from "../executor/unit.ts";
import { createFlowTriggers } from "./flow-triggers.ts";
import { createScheduler, type Scheduler } from "../scheduler/scheduler.ts";
import { createSchedules } from "../scheduler/schedule-step.ts";
import type { FireRequest, ScheduledFlow, SchedulerParts, TriggerKind } from "../scheduler/scheduler-parts.ts";
import { RequestError } from "../errors.ts";
import type { TriggerService } from "../services.ts";
import type { Worker } from "../worker/worker.ts";
import { triggerLocked, type Webhooks } from "./webhooks.ts";
import { triggerJob } from "./plugin-triggers.ts";
import { testFire } from "./test-fire.ts";
import { explainTrigger } from "./trigger-explanations.ts";

export interface TriggerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly catalogue: Catalogue;
  readonly globals: Readonly<Record<string, unknown>>;
  readonly environment: (tenant: string, namespace: string, flowId: string) => Environment;
  /** Runs the code of plugins. */
  readonly worker: Pick<Worker, "poll" | "listen">;
  readonly flows: FlowRegistry;
  readonly creation: Creation;
  /** An execution as the store has it. */
  readonly restore: (tenant: string, id: string) => Promise<LiveExecution | undefined>;
  readonly executor: Executor;
  readonly timeZone: string;
  /** False: no trigger starts anything by itself. */
  readonly fires: boolean;
  readonly pollLimitMs?: number;
  readonly newId: () => string;
  readonly insist: Insist;
  readonly webhooks: Webhooks;
  readonly evaluations: Evaluations;
}

/** Everything that starts executions by itself: schedules, polling and realtime triggers, other flows. */
export interface Triggers {
  readonly service: TriggerService;
  /** Before executions are brought back. */
  prepare(): Promise<void>;
  /** After executions were brought back. */
  start(): Promise<void>;
  stop(): Promise<void>;
  flowChanged(row: FlowRow): void;
  ended(execution: LiveExecution): void;
  stateChanged(execution: LiveExecution, change: StateEffect): void;
}

export function createTriggers(parts: TriggerParts): Triggers {
  const triggers = createFiringTriggers(parts);
  if (parts.fires) return triggers;
  const nothing = () => undefined;
  return { ...triggers, start: async () => undefined, flowChanged: nothing, ended: nothing, stateChanged: nothing };
}

function createFiringTriggers(parts: TriggerParts): Triggers {
  const { logger, webhooks, evaluations } = parts;
  const schedulerParts = partsOfScheduler(parts);
  const scheduler = createScheduler(schedulerParts);
  const flowTriggers = createFlowTriggers(parts);
  const schedules = createSchedules(schedulerParts, createZones());
  const inBackground = (work: Promise<unknown>, what: string) => {
    void work.catch((error: unknown) => logger.error({ err: error }, what));
  };
  return {
    service: {
      ...serviceOf(scheduler, webhooks),
      explain: (key, executionId) =>
        explainTrigger({ ...parts, schedules, flowTriggers, kindOf: schedulerParts.kindOf }, key, executionId),
      testFire: (key, variables = {}) => testFire({ ...parts, scheduler: schedulerParts, schedules }, key, variables),
    },
    prepare: () => flowTriggers.prepare(),
    start: async () => {
      flowTriggers.start();
      await scheduler.start();
    },
    stop: async () => {
      await scheduler.stop();
      await evaluations.stop();
    },
    flowChanged: (row) => {
      inBackground(evaluations.flowChanged(row), "evaluations of triggers that are gone can't be removed");
      flowTriggers.flowChanged(row);
      const applied = parts.insist(() => scheduler.flowChanged(row));
      inBackground(applied, "the triggers of a flow can't be updated");
    },
    ended: ({ tenant, id, state, fixed: { namespace, flowId, trigger } }) => {
      scheduler.executionEnded({ tenant, id, namespace, flowId, state, ...(trigger === undefined ? {} : { trigger }) });
    },
    stateChanged: (execution, change) => flowTriggers.stateChanged(execution, change),
  };
}

/** What is done with triggers on request: the scheduler's by the scheduler, the others in the store. */
function serviceOf(scheduler: Scheduler, webhooks: Webhooks): Webhooks {
  return {
    webhook: webhooks.webhook,
    webhookStart: webhooks.webhookStart,
    search: webhooks.search,
    setDisabled: async (key, disabled) =>
      (await scheduler.setDisabled(key, disabled)) ?? webhooks.setDisabled(key, disabled),
    unlock: async (key) => (await scheduler.unlock(key)) ?? webhooks.unlock(key),
    restart: async (key) => (await scheduler.restart(key)) ?? webhooks.restart(key),
    setBackfill: async (key, backfill) =>
      (await scheduler.setBackfill(key, backfill)) ?? webhooks.setBackfill(key, backfill),
    forget: async (key) => {
      const isForgotten = await scheduler.forget(key);
      if (isForgotten === undefined) return webhooks.forget(key);
      if (!isForgotten) throw triggerLocked(key);
    },
  };
}

function partsOfScheduler(parts: TriggerParts): SchedulerParts {
  const { store, clock, logger, newId, timeZone, environment, globals, pollLimitMs } = parts;
  return {
    store,
    clock,
    logger,
    timeZone,
    newId,
    environment,
    globals,
    ...(pollLimitMs === undefined ? {} : { pollLimitMs }),
    kindOf: (type) => kindOf(parts.catalogue, type),
    compiled: (key) => scheduledFlow(parts, key),
    fire: (request, key, rowFor) => fire(parts, request, key, rowFor),
    poll: (call) => parts.worker.poll(triggerJob(call, globals), call.signal),
    evaluated: parts.evaluations.note,
    listen: (call, emit) => parts.worker.listen(triggerJob(call, globals), emit, call.signal),
  };
}

/** One that was deleted, or is no longer valid, has nothing to schedule. */
async function scheduledFlow({ flows }: TriggerParts, key: FlowKey): Promise<ScheduledFlow | undefined> {
  try {
    const compiled = await flows.compiledOnce(key);
    const { plan, row } = compiled;
    return { flow: plan.flow, revision: row.revision, compiled };
  } catch (error) {
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}

async function fire(
  { creation, executor }: TriggerParts,
  request: FireRequest,
  triggerKey: TriggerKey,
  rowFor: TriggerChange["rowFor"],
): Promise<TriggerRow> {
  const { executionId, flow, compiled, trigger, inputs, labels, variables, scheduleDate, failure } = request;
  const change: TriggerChange = { rowFor };
  const created = creation.create(
    {
      tenant: flow.tenant,
      namespace: flow.namespace,
      flowId: flow.id,
      id: executionId,
      inputs,
      labels,
      trigger: { id: trigger.id, type: trigger.type, variables },
      from: "trigger",
      ...(scheduleDate === undefined ? {} : { scheduleDate }),
      ...(failure === undefined ? {} : { failure }),
      ...(compiled === undefined ? {} : { compiled }),
    },
    { trigger: { key: triggerKey, change } },
  );
  await (request.isPatient ? created : executor.unlessStalled(created));
  return change.row!;
}

function kindOf(catalogue: Catalogue, type: string): TriggerKind {
  if (type.endsWith(".trigger.Schedule") || type.endsWith(".trigger.ScheduleOnDates")) return "schedule";
  const definition = catalogue.find(type) as TriggerDefinition | undefined;
  if (definition?.poll !== undefined) return "polling";
  return definition?.listen === undefined ? "event" : "realtime";
}
