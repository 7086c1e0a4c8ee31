import { encryptedText } from "@capstan/engine";
import { createCatalogue, languageCatalogue } from "@capstan/model";
import type { Services } from "@capstan/sdk";
import { systemClock } from "./clock.ts";
import { createEgressGuard } from "./egress/egress-guard.ts";
import { NO_EGRESS_RULES } from "./egress/egress-policy.ts";
import { createEnvironments } from "./environments.ts";
import { createCreation, type Creation } from "./executor/creation.ts";
import { createDispatch } from "./executor/dispatch.ts";
import { createExecutionService } from "./executor/execution-service.ts";
import { Executor } from "./executor/executor.ts";
import { createFamilies } from "./executor/families.ts";
import { createFlows, type FlowRegistry } from "./executor/flows.ts";
import { createFollowers } from "./executor/followers.ts";
import { insist, type Insist } from "./executor/insist.ts";
import { createInlineRuns } from "./executor/inline-runs.ts";
import { createOneByOne } from "./executor/one-by-one.ts";
import { createPlaces, type Places } from "./flow-control/places.ts";
import { createRecovery, type Recovery } from "./executor/recovery.ts";
import { createReviews } from "./executor/reviews.ts";
import { createResumeInputs } from "./executor/resume-inputs.ts";
import { createUnstorable } from "./executor/unstorable.ts";
import { createRules } from "./flow-control/rules.ts";
import { createCipher } from "./functions/encryption.ts";
import { environmentVariables } from "./functions/environment-variables.ts";
import { environmentSecrets, resolveSecret } from "./functions/secrets.ts";
import { createRequestKeys, type HeldKey } from "./idempotency/request-keys.ts";
import { createIds } from "./ids.ts";
import { createExecutionServices } from "./platform/execution-services.ts";
import { createFlowServices } from "./platform/flow-services.ts";
import { createKeyValues } from "./platform/key-values.ts";
import { createNamespaceFiles } from "./platform/namespace-files.ts";
import { createRetention } from "./purge/retention.ts";
import { createRemovedFiles } from "./purge/removed-files.ts";
import { RUNNER_TYPES } from "./runners/task-runners.ts";
import type { RuntimeOptions } from "./runtime-options.ts";
import type { ExecutionService } from "./services.ts";
import { createEvaluations } from "./triggers/evaluations.ts";
import { createTriggerLog } from "./triggers/plugin-triggers.ts";
import { createTriggers, type Triggers } from "./triggers/triggers.ts";
import { createWebhooks } from "./triggers/webhooks.ts";
import { executionFolderOf } from "./worker/execution-files.ts";
import { typesOf } from "./worker/installed-plugin.ts";
import { Crew } from "./worker/remote/crew.ts";
import type { Worker } from "./worker/worker.ts";

/**
 * The parts of a runtime. They know each other in a circle (the executor releases work to the dispatch, whose answers go to the
 * executor), so each is made with functions that look the others up; nothing runs before all are there.
 */
interface Parts {
  readonly executor: Executor;
  readonly places: Places;
  readonly creation: Creation;
  readonly recovery: Recovery;
  readonly executions: ExecutionService;
  readonly triggers: Triggers;
  readonly worker: Worker;
}

export function createParts(options: RuntimeOptions) {
  const parts = {} as { -readonly [Part in keyof Parts]: Parts[Part] };
  const ground = createGround(options, () => parts);
  const driving = createDriving(options, ground, () => parts);
  Object.assign(parts, driving);
  const doors = createDoors(options, ground, driving);
  Object.assign(parts, doors);
  return { ...ground, ...driving, ...doors };
}

type Ground = ReturnType<typeof createGround>;
type Driving = ReturnType<typeof createDriving>;

/** What everything else stands on: the platform as expressions and tasks see it, and the flows. */
function createGround(options: RuntimeOptions, parts: () => Parts) {
  const { store, storage, clock = systemClock } = options;
  const catalogue = createCatalogue([...languageCatalogue(), ...RUNNER_TYPES, ...typesOf(options.plugins)]);
  const timeZone = options.timeZone ?? Temporal.Now.timeZoneId();
  const newId = options.newId ?? createIds(clock);
  const cipher = options.encryptionKey === undefined ? undefined : createCipher(options.encryptionKey);
  const globals = {
    envs: environmentVariables(options.environment ?? {}),
    globals: options.globals ?? {},
    kestra: options.publicUrl === undefined ? {} : { url: options.publicUrl },
  };
  const { source: secrets } = environmentSecrets(options.environment ?? {});
  const executionParts = {
    store,
    executions: () => parts().executions,
    triggers: () => parts().triggers.service,
    publicUrl: options.publicUrl,
  };
  const services = (tenant: string, requestKey?: HeldKey): Services => ({
    keyValues: createKeyValues(store, clock, tenant, requestKey),
    namespaceFiles: createNamespaceFiles(storage, tenant),
    executions: createExecutionServices(executionParts, tenant),
    flows: createFlowServices(store, () => flows, tenant),
    secret: (namespace, key, subkey) => resolveSecret(secrets, { tenant, namespace }, key, subkey),
    ...(cipher === undefined ? {} : { encrypt: async (plainText: string) => encryptedText(cipher.encrypt(plainText)) }),
  });
  const environments = createEnvironments({
    random: options.random ?? Math.random,
    storage,
    clock,
    timeZone,
    variables: options.environment ?? {},
    services: (tenant) => services(tenant),
    egress: createEgressGuard(options.egress ?? NO_EGRESS_RULES),
  });
  const flows: FlowRegistry = createFlows(
    store,
    catalogue,
    clock,
    {
      changed: (row, flow) => {
        const { triggers, places } = parts();
        triggers.flowChanged(row);
        places.flowChanged(row, flow);
      },
    },
    cipher?.decrypt,
  );
  const retentionMs = options.idempotencyKeyRetentionMs;
  const requestKeys = createRequestKeys({ store, clock, logger: options.logger, retentionMs });
  const patience = { clock, logger: options.logger, isStopped: () => parts().executor.isStopped };
  return {
    clock,
    catalogue,
    timeZone,
    newId,
    cipher,
    globals,
    secrets,
    services,
    environments,
    flows,
    requestKeys,
    insist: (<Result>(work: () => Promise<Result>) => insist(patience, work)) satisfies Insist,
  };
}

/** What drives executions: the executor, who gets a place, and who does the work. */
function createDriving(options: RuntimeOptions, ground: Ground, parts: () => Parts) {
  const { store, storage, logger, workers } = options;
  const { clock, catalogue, globals, newId, environments, flows } = ground;
  const followers = createFollowers();
  const rulesOf = createRules(options.flowControl);
  const places = createPlaces({ store, flows, rulesOf, clock, executor: () => parts().executor });
  const restore: Recovery["restore"] = (tenant, id) => parts().recovery.restore(tenant, id);
  const dispatch = createDispatch({
    store,
    storage,
    logger,
    clock,
    globals,
    executor: () => parts().executor,
    creation: () => parts().creation,
    worker: () => parts().worker,
    crew: () => crew,
    services: (tenant) => ground.services(tenant),
    environment: environments.ofExecution,
    restart: (tenant, executionId, callerAttempt) => parts().executions.restart(tenant, executionId, { callerAttempt }),
    restore,
    insist: ground.insist,
    taskLimits: options.flowControl?.tasks ?? [],
    retryFrom: (execution, taskRun, at) => parts().recovery.retryFrom(execution, taskRun, at),
  });
  const executor = new Executor({
    store,
    clock,
    logger,
    newId,
    globals,
    environment: (execution, _run, memo) => ({ ...environments.ofExecution(execution), memo }),
    runInline: createInlineRuns({
      catalogue,
      clock,
      globals,
      environment: environments.ofExecution,
      hasGroups: workers?.hasGroups === true,
    }),
    place: dispatch.place,
    forgo: dispatch.forgo,
    ...(workers?.hasGroups === true && {
      workerTarget: ({ tenant, fixed }) => workers.targetOf(tenant, fixed.namespace),
    }),
    release: dispatch.release,
    admit: places.admit,
    ended: (execution) => {
      dispatch.ended(execution);
      parts().triggers.ended(execution);
      places.free(execution);
    },
    unstorable: createUnstorable({
      restore: (tenant, id) => ground.insist(() => restore(tenant, id)),
      executor: () => executor,
      freePlace: places.free,
      logger,
    }),
    stateChanged: (execution, change) => parts().triggers.stateChanged(execution, change),
    committed: ({ executions: changed, unit }) => {
      for (const execution of changed) followers.changed(execution);
      for (const batch of unit.logs ?? []) followers.logged(batch);
    },
  });
  const host = { ...dispatch.host, triggerLog: createTriggerLog(store, logger) };
  const worker = options.createWorker(host);
  const crew = workers && new Crew(host, { ...workers, clock, logger, here: workers.isLocal ? worker : undefined });
  return { executor, worker, crew, places, rulesOf, followers, dispatch };
}

/** What others come in by: requests, triggers, and the store at a start. */
function createDoors(options: RuntimeOptions, ground: Ground, driving: Driving) {
  const { executor, worker, crew, places, rulesOf, followers, dispatch } = driving;
  const { store, storage, logger } = options;
  const { clock, catalogue, timeZone, globals, newId, cipher, environments, flows } = ground;
  const environment = environments.ofFlow;
  const encrypt = cipher === undefined ? {} : { encrypt: cipher.encrypt };
  const families = createFamilies(store, options.descendantsMax);
  const common = { store, executor, flows, places, clock, globals, newId, environment };
  const creation = createCreation({ ...common, storage, rulesOf, families, ...encrypt });
  const recovery = createRecovery({ ...common, creation, logger, insist: ground.insist });
  const resumeInputs = createResumeInputs({ globals, environment });
  const executions = createExecutionService({
    store,
    logger,
    executor,
    flows,
    followers,
    creation,
    places,
    dispatch,
    crew,
    resumeInputs,
    reviews: createReviews({ globals, environment, resumeInputs }),
    clock,
    globals,
    newId,
    oneByOne: createOneByOne(),
    files: createRemovedFiles(store, storage, clock.now),
    environment: environments.ofExecution,
    deleteFiles: async ({ tenant, namespace, flowId, id }) => {
      const owner = { tenant, namespace, flowId, executionId: id, taskId: "", taskRunId: "" };
      await storage.delete(tenant, executionFolderOf(owner));
    },
  });
  const evaluations = createEvaluations({ store, clock, logger });
  const triggers = createTriggers({
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
    environment,
    evaluations,
    webhooks: createWebhooks({
      store,
      flows,
      executions,
      globals,
      clock,
      environment,
      evaluations,
    }),
    insist: ground.insist,
    worker,
    fires: options.firesTriggers ?? true,
    ...(options.pollLimitMs === undefined ? {} : { pollLimitMs: options.pollLimitMs }),
  });
  const { retention: policy } = options;
  const retention = policy && createRetention({ store, executions, clock, logger, policy });
  return { creation, recovery, executions, triggers, retention };
}
