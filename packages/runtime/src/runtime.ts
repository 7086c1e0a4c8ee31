import { isTerminal, replayRows, restoreLive, scopeFor, type LiveExecution } from "@capstan/engine";
import { createMemo, Suspension, type Environment } from "@capstan/expression";
import { createCatalogue, languageCatalogue, type Catalogue } from "@capstan/model";
import type { Plugin, Services, TaskDefinition } from "@capstan/sdk";
import type { Storage } from "@capstan/storage";
import type { Store } from "@capstan/store";
import type { Logger } from "pino";
import { systemClock, type Clock } from "./clock.ts";
import { createCreation } from "./executor/creation.ts";
import { createDispatch } from "./executor/dispatch.ts";
import { createExecutionService } from "./executor/execution-service.ts";
import { Executor } from "./executor/executor.ts";
import { createFlows } from "./executor/flows.ts";
import { createFollowers } from "./executor/followers.ts";
import { identityOf, secretInputs } from "./executor/job.ts";
import { createSlots } from "./executor/slots.ts";
import { environmentVariables } from "./functions/environment-variables.ts";
import { hostFunctions } from "./functions/function-table.ts";
import { environmentSecrets, resolveSecret } from "./functions/secrets.ts";
import { createIds } from "./ids.ts";
import { createExecutionServices } from "./platform/execution-services.ts";
import { createKeyValues } from "./platform/key-values.ts";
import { createNamespaceFiles } from "./platform/namespace-files.ts";
import { RUNNER_TYPES } from "./runners/task-runners.ts";
import type { Runtime } from "./services.ts";
import { createTriggers } from "./triggers.ts";
import { createWebhooks } from "./webhooks.ts";
import { executionFiles, executionFolderOf } from "./worker/execution-files.ts";
import { isInline, runInlineTask } from "./worker/inline.ts";
import type { JobHost, Worker } from "./worker/worker.ts";

export interface RuntimeOptions {
  readonly store: Store;
  readonly storage: Storage;
  readonly plugins: readonly Plugin[];
  /** Makes the worker that runs tasks; called once, at the start. */
  createWorker(host: JobHost): Worker;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** What `globals` shows. */
  readonly globals?: Readonly<Record<string, unknown>>;
  /** Where `envs` and secrets come from. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly timeZone?: string;
}

/** A whole Capstan in one process: executor, worker and triggers over a store and a storage. */
export function createRuntime(options: RuntimeOptions): Runtime & { readonly catalogue: Catalogue } {
  const { store, storage, logger, clock = systemClock } = options;
  const definitions = options.plugins.flatMap((plugin) => plugin.definitions);
  const catalogue = createCatalogue([...languageCatalogue(), ...RUNNER_TYPES, ...definitions]);
  const timeZone = options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const newId = createIds(clock);
  const slots = createSlots();
  const followers = createFollowers();
  const globals = { envs: environmentVariables(options.environment ?? {}), globals: options.globals ?? {} };
  const { source: secrets } = environmentSecrets(options.environment ?? {});
  const environments = createEnvironments({ options, services: servicesOf, clock, timeZone });

  function servicesOf(tenant: string): Services {
    return {
      keyValues: createKeyValues(store, clock, tenant),
      namespaceFiles: createNamespaceFiles(storage, tenant),
      executions: createExecutionServices({ store, executions: () => executions, triggers: () => triggers }, tenant),
      secret: (namespace, key, subkey) => resolveSecret(secrets, { tenant, namespace }, key, subkey),
    };
  }

  const flows = createFlows(store, catalogue, clock, { changed: (row) => automation.flowChanged(row) });
  const dispatch = createDispatch({
    store,
    storage,
    logger,
    clock,
    globals,
    executor: () => executor,
    creation: () => creation,
    worker: () => worker,
    services: servicesOf,
    environment: (execution) => environments.ofExecution(execution),
    retryFrom: (execution, taskRun) => retryFrom(execution, taskRun),
  });
  const worker = options.createWorker(dispatch.host);

  const executor = new Executor({
    store,
    clock,
    logger,
    newId,
    globals,
    environment: (execution, _run, memo) => ({ ...environments.ofExecution(execution), memo }),
    runInline: (execution, run, attempt) => {
      const { task } = run.node;
      const definition = catalogue.find(task.type) as TaskDefinition | undefined;
      if (!isInline(definition, task)) return undefined;
      const environment = { ...environments.ofExecution(execution), memo: createMemo() };
      const identity = identityOf(execution, run, attempt);
      try {
        const scope = scopeFor(execution, run, globals);
        const inline = runInlineTask(definition, task, scope, environment, {
          identity,
          now: clock.now,
          secrets: secretInputs(execution),
        });
        const event = { type: "task-ended" as const, run: run.index, outcome: inline.result };
        return { event, lines: inline.lines, metrics: inline.metrics };
      } catch (error) {
        // An expression has to wait for something: a worker runs the task.
        if (error instanceof Suspension) return undefined;
        throw error;
      }
    },
    release: dispatch.release,
    ended: (execution) => {
      dispatch.tellParent(execution);
      automation.ended(execution);
      const key = { tenant: execution.tenant, namespace: execution.fixed.namespace, id: execution.fixed.flowId };
      const limit = flows.cached(key)?.plan.flow.concurrency ?? execution.plan.flow.concurrency;
      for (const id of slots.release(`${key.tenant}/${key.namespace}/${key.id}`, execution.id, limit))
        executor.send({ tenant: execution.tenant, id }, { type: "dequeue", state: "RUNNING" });
    },
    stateChanged: (execution) => automation.stateChanged(execution),
    committed: ({ executions: changed, logs }) => {
      for (const execution of changed) followers.changed(execution);
      for (const batch of logs) followers.logged(batch);
    },
  });
  const creation = createCreation({
    store,
    executor,
    flows,
    slots,
    clock,
    globals,
    newId,
    environment: environments.ofFlow,
  });
  const executions = createExecutionService({
    store,
    storage,
    executor,
    flows,
    followers,
    creation,
    clock,
    globals,
    newId,
    environment: (execution) => environments.ofExecution(execution),
    deleteFiles: async ({ tenant, namespace, flowId, id }) => {
      const owner = { tenant, namespace, flowId, executionId: id, taskId: "", taskRunId: "" };
      await storage.delete(tenant, executionFolderOf(owner));
    },
  });
  const webhooks = createWebhooks({ store, flows, executions, globals, clock, environment: environments.ofFlow });
  const automation = createTriggers({
    store,
    storage,
    clock,
    logger,
    catalogue,
    flows,
    creation,
    executor,
    globals,
    timeZone,
    newId,
    environment: environments.ofFlow,
    services: servicesOf,
    webhooks,
  });
  const { service: triggers } = automation;

  async function retryFrom(execution: LiveExecution, taskRun: number): Promise<void> {
    const { tenant, id } = execution;
    const row = await store.executions.get(tenant, id);
    const taskRuns = await store.executions.taskRuns(tenant, id);
    const target = taskRuns.find(({ index }) => index === taskRun);
    if (row === undefined || target === undefined) return;
    const replayed = replayRows(execution.plan, row, taskRuns, target, { id: newId(), now: clock.now(), newId });
    const executionId = replayed.row.id;
    await store.commit({
      executions: [replayed.row],
      taskRuns: replayed.taskRuns.map((run) => ({ tenant, executionId, row: run })),
    });
    creation.adoptRestored(restoreLive(execution.plan, replayed.row, replayed.taskRuns));
  }

  async function recoverAll(): Promise<void> {
    const open = ["CREATED", "RUNNING", "PAUSED", "RESTARTED", "KILLING", "QUEUED", "RETRYING"] as const;
    let after: { tenant: string; id: string } | undefined;
    for (;;) {
      const keys = await store.executions.listByState(open, 1000, after);
      for (const { tenant, id } of keys) {
        const row = await store.executions.get(tenant, id);
        if (row === undefined || isTerminal(row.state)) continue;
        const { plan } = await flows.compiled({ tenant, namespace: row.namespace, id: row.flowId }, row.flowRevision);
        creation.adoptRestored(restoreLive(plan, row, await store.executions.taskRuns(tenant, id)));
      }
      if (keys.length < 1000) break;
      after = keys.at(-1)!;
    }
    for (const timer of await store.timers.all()) executor.timers.set(timer);
  }

  return {
    catalogue,
    flows,
    executions,
    triggers,
    store,
    storage,
    services: servicesOf,
    start: async () => {
      await store.start();
      await storage.start();
      await worker.start();
      await recoverAll();
      await automation.start();
    },
    stop: async ({ graceMs = 5000 } = {}) => {
      await automation.stop();
      await worker.stop({ graceMs });
      await executor.stop();
      await storage.stop();
      await store.stop();
    },
  };
}

interface EnvironmentParts {
  readonly options: RuntimeOptions;
  readonly services: (tenant: string) => Services;
  readonly clock: Clock;
  readonly timeZone: string;
}

/** What expressions outside of workers may use: functions of the platform, the clock, randomness. */
function createEnvironments({ options, services, clock, timeZone }: EnvironmentParts) {
  const envs = environmentVariables(options.environment ?? {});
  const cache = new WeakMap<object, Environment>();
  const make = (tenant: string, namespace: string, flowId: string, executionId = ""): Environment => ({
    now: () => clock.now(),
    random: Math.random,
    timeZone,
    functions: hostFunctions({
      namespace,
      ...(executionId === "" ? {} : { executionId }),
      services: services(tenant),
      files: executionFiles(options.storage, { tenant, namespace, flowId, executionId, taskId: "", taskRunId: "" }),
      envs,
    }),
  });
  return {
    ofFlow: make,
    ofExecution: (execution: LiveExecution): Environment => {
      const known = cache.get(execution);
      if (known !== undefined) return known;
      const { namespace, flowId } = execution.fixed;
      const environment = make(execution.tenant, namespace, flowId, execution.id);
      cache.set(execution, environment);
      return environment;
    },
  };
}
