import { encryptedText, type LiveExecution } from "@capstan/engine";
import type { Catalogue } from "@capstan/model";
import { createCatalogue, languageCatalogue } from "@capstan/model";
import type { Plugin, Services } from "@capstan/sdk";
import type { Storage } from "@capstan/storage";
import type { Store } from "@capstan/store";
import type { Logger } from "pino";
import { systemClock, type Clock } from "./clock.ts";
import { createEnvironments } from "./environments.ts";
import type { Admission } from "./executor/admission.ts";
import { createCreation, flowKeyOf } from "./executor/creation.ts";
import { createDispatch } from "./executor/dispatch.ts";
import { createExecutionService } from "./executor/execution-service.ts";
import { Executor } from "./executor/executor.ts";
import { createFlows } from "./executor/flows.ts";
import { createFollowers } from "./executor/followers.ts";
import { createInlineRuns } from "./executor/inline-runs.ts";
import { createRecovery } from "./executor/recovery.ts";
import { createSlots } from "./executor/slots.ts";
import { createUnstorable } from "./executor/unstorable.ts";
import { createCipher } from "./functions/encryption.ts";
import { environmentVariables } from "./functions/environment-variables.ts";
import { environmentSecrets, resolveSecret } from "./functions/secrets.ts";
import { createIds } from "./ids.ts";
import { createExecutionServices } from "./platform/execution-services.ts";
import { createKeyValues } from "./platform/key-values.ts";
import { createNamespaceFiles } from "./platform/namespace-files.ts";
import { RUNNER_TYPES } from "./runners/task-runners.ts";
import type { Runtime } from "./services.ts";
import { createTriggerLog } from "./triggers/plugin-triggers.ts";
import { createTriggers } from "./triggers/triggers.ts";
import { createWebhooks } from "./triggers/webhooks.ts";
import { executionFolderOf } from "./worker/execution-files.ts";
import type { JobHost, Worker } from "./worker/worker.ts";

export interface RuntimeOptions {
  readonly store: Store;
  readonly storage: Storage;
  readonly plugins: readonly Plugin[];
  /** Makes the worker that runs tasks; called once, at the start. */
  createWorker(host: JobHost): Worker;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Makes ids; by default of the time and random bits. */
  readonly newId?: () => string;
  /** Randomness of expressions, in [0, 1). */
  readonly random?: () => number;
  /** What `globals` shows. */
  readonly globals?: Readonly<Record<string, unknown>>;
  /** Base64 of 16, 24 or 32 bytes: SECRET inputs and what tasks ask for are stored encrypted. */
  readonly encryptionKey?: string;
  /** Where `envs` and secrets come from. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly timeZone?: string;
  /** How long a polling trigger may take to answer, in milliseconds. */
  readonly pollLimitMs?: number;
}

/** A whole Capstan in one process: executor, worker and triggers over a store and a storage. */
export function createRuntime(options: RuntimeOptions): Runtime & { readonly catalogue: Catalogue } {
  const { store, storage, logger, clock = systemClock } = options;
  const definitions = options.plugins.flatMap((plugin) => plugin.definitions);
  const catalogue = createCatalogue([...languageCatalogue(), ...RUNNER_TYPES, ...definitions]);
  const timeZone = options.timeZone ?? Temporal.Now.timeZoneId();
  const newId = options.newId ?? createIds(clock);
  const cipher = options.encryptionKey === undefined ? undefined : createCipher(options.encryptionKey);
  const slots = createSlots();
  const followers = createFollowers();
  const globals = { envs: environmentVariables(options.environment ?? {}), globals: options.globals ?? {} };
  const { source: secrets } = environmentSecrets(options.environment ?? {});
  const environments = createEnvironments({
    random: options.random ?? Math.random,
    storage,
    clock,
    timeZone,
    variables: options.environment ?? {},
    services: servicesOf,
  });

  function servicesOf(tenant: string): Services {
    return {
      keyValues: createKeyValues(store, clock, tenant),
      namespaceFiles: createNamespaceFiles(storage, tenant),
      executions: createExecutionServices({ store, executions: () => executions, triggers: () => triggers }, tenant),
      secret: (namespace, key, subkey) => resolveSecret(secrets, { tenant, namespace }, key, subkey),
      ...(cipher === undefined
        ? {}
        : { encrypt: async (plainText: string) => encryptedText(cipher.encrypt(plainText)) }),
    };
  }

  const flows = createFlows(
    store,
    catalogue,
    clock,
    { changed: (row) => automation.flowChanged(row) },
    cipher?.decrypt,
  );
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
    environment: environments.ofExecution,
    restart: (tenant, executionId, callerAttempt) => executions.restart(tenant, executionId, { callerAttempt }),
    restore: (tenant, executionId) => recovery.restore(tenant, executionId),
    retryFrom: (execution, taskRun, at) => recovery.retryFrom(execution, taskRun, at),
  });
  const worker = options.createWorker({ ...dispatch.host, triggerLog: createTriggerLog(store, logger) });
  /** The limit is that of the latest revision. */
  const limitOf = ({ tenant, fixed: { namespace, flowId: id }, plan }: LiveExecution) =>
    (flows.cached({ tenant, namespace, id })?.plan ?? plan).flow.concurrency;
  const admit = (execution: LiveExecution): Admission => {
    // One that waits for its time, or has ended before it came, takes no slot.
    if (execution.state !== "CREATED" || (execution.fixed.scheduleDate ?? 0) > clock.now()) return "RUN";
    return slots.admit(flowKeyOf(execution), execution.id, limitOf(execution));
  };

  /** Somebody else may run in the place of an execution that ended, or that never was. */
  const freePlace = (execution: LiveExecution) => {
    for (const id of slots.release(flowKeyOf(execution), execution.id, limitOf(execution)))
      executor.send({ tenant: execution.tenant, id }, { type: "dequeue", state: "RUNNING" });
  };
  const unstorable = createUnstorable({
    restore: (tenant, id) => recovery.restore(tenant, id),
    executor: () => executor,
    freePlace,
    logger,
  });

  const executor = new Executor({
    store,
    clock,
    logger,
    newId,
    globals,
    environment: (execution, _run, memo) => ({ ...environments.ofExecution(execution), memo }),
    runInline: createInlineRuns({ catalogue, clock, globals, environment: environments.ofExecution }),
    release: dispatch.release,
    admit,
    ended: (execution) => {
      dispatch.ended(execution);
      automation.ended(execution);
      freePlace(execution);
    },
    unstorable,
    stateChanged: (execution, change) => automation.stateChanged(execution, change),
    committed: ({ executions: changed, unit }) => {
      for (const execution of changed) followers.changed(execution);
      for (const batch of unit.logs ?? []) followers.logged(batch);
    },
  });
  const creation = createCreation({
    store,
    executor,
    flows,
    slots,
    admit,
    clock,
    globals,
    newId,
    environment: environments.ofFlow,
    ...(cipher === undefined ? {} : { encrypt: cipher.encrypt }),
  });
  const recovery = createRecovery({ store, flows, creation, executor, slots, clock, logger, newId });
  const executions = createExecutionService({
    store,
    storage,
    executor,
    flows,
    followers,
    creation,
    slots,
    clock,
    globals,
    newId,
    environment: environments.ofExecution,
    deleteFiles: async ({ tenant, namespace, flowId, id }) => {
      const owner = { tenant, namespace, flowId, executionId: id, taskId: "", taskRunId: "" };
      await storage.delete(tenant, executionFolderOf(owner));
    },
  });
  const webhooks = createWebhooks({ store, flows, executions, globals, clock, environment: environments.ofFlow });
  const automation = createTriggers({
    restore: recovery.restore,
    store,
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
    webhooks,
    worker,
    ...(options.pollLimitMs === undefined ? {} : { pollLimitMs: options.pollLimitMs }),
  });
  const { service: triggers } = automation;

  return {
    catalogue,
    flows,
    executions,
    triggers,
    store,
    storage,
    services: servicesOf,
    secretNames: (tenant) => secrets.names(tenant),
    start: async () => {
      await store.start();
      await storage.start();
      await worker.start();
      await recovery.recoverAll();
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
