import { createMasking, type Masking } from "@capstan/engine";
import { scopeOf, settle } from "@capstan/expression";
import {
  type PollingContext,
  resolveProperties,
  TaskFailure,
  type TriggerDefinition,
  type TriggerEvent,
  type TriggerProgress,
} from "@capstan/sdk";
import { defaultInputs } from "../triggers/default-inputs.ts";
import { type AttemptFolder, createAttemptFolder } from "./attempt/attempt-folder.ts";
import { type AttemptLog, createAttemptLog } from "./attempt/attempt-log.ts";
import { failure } from "./attempt/attempt.ts";
import { commandRunner } from "./attempt/command-runner.ts";
import { createEvaluation, threadEnvironment } from "./evaluation.ts";
import { executionFiles } from "./execution-files.ts";
import { ABANDONED, createInterruption } from "./attempt/interruption.ts";
import { ATTEMPT_LIMITS } from "./limits.ts";
import { plainOutputs } from "./attempt/plain-outputs.ts";
import type { AttemptPlatform } from "./platform.ts";
import { eachSecret } from "./attempt/secret-properties.ts";
import type { JobResult, PollFinding, TriggerFinding, TriggerJob } from "./worker.ts";

/**
 * Asks a polling trigger once, or listens with a realtime one until it is interrupted. Never rejects; what a question found is
 * the result's outputs, in the form of a `PollFinding`.
 */
export async function runTrigger(job: TriggerJob, platform: AttemptPlatform, kill: AbortSignal): Promise<JobResult> {
  const { key, trigger } = job;
  const masking = createMasking();
  const log = createAttemptLog((lines) => platform.host.log(key, trigger.id, lines), {
    minimumLevel: trigger.logLevel,
    masking,
    now: platform.now,
  });
  const interruption = createInterruption(kill);
  const folder = createAttemptFolder(platform.folders);
  let endedWell = false;
  try {
    const ended = await interruption.obeyed(
      perform(job, { platform, masking, log, signal: interruption.signal, folder }),
      platform.graceMs,
    );
    endedWell = ended !== ABANDONED && ended.state === "SUCCESS";
    if (ended === ABANDONED) platform.abandoned(key);
    if (ended === ABANDONED || interruption.cause() !== undefined) return { state: "KILLED" };
    return ended;
  } catch (error) {
    return interruption.cause() === undefined ? failure(error, masking) : { state: "KILLED" };
  } finally {
    log.end();
    interruption.done();
    await removeFolder(folder, job, platform, endedWell);
  }
}

async function removeFolder(folder: AttemptFolder, job: TriggerJob, platform: AttemptPlatform, endedWell: boolean) {
  try {
    await folder.remove(endedWell);
  } catch (error) {
    const message = `the temporary folder of the trigger can't be removed: ${(error as Error).message}`;
    platform.host.log(job.key, job.trigger.id, [{ time: platform.now(), level: "WARN", message }]);
  }
}

interface Frame {
  readonly platform: AttemptPlatform;
  readonly masking: Masking;
  readonly log: AttemptLog;
  readonly signal: AbortSignal;
  readonly folder: AttemptFolder;
}

async function perform(job: TriggerJob, frame: Frame): Promise<JobResult> {
  const { platform, masking, signal } = frame;
  const definition = platform.registry.trigger(job.trigger.type);
  if (definition === undefined)
    throw new TaskFailure(`there is no trigger of type "${job.trigger.type}" on this worker: install its plugin`);
  const context = await contextFor(job, definition, frame);
  if (definition.listen !== undefined) {
    await definition.listen({ ...context, emit: emitter(job, platform, masking, signal) });
    return { state: "SUCCESS" };
  }
  const event = await definition.poll?.(context);
  return event === undefined ? { state: "SUCCESS" } : { state: "SUCCESS", outputs: { ...findingOf(event) } };
}

async function contextFor(
  job: TriggerJob,
  definition: TriggerDefinition,
  { platform, masking, log, signal, folder }: Frame,
): Promise<PollingContext<never>> {
  const { identity, trigger, variables } = job;
  const { tenant, namespace, flowId, triggerId } = identity;
  const services = platform.host.services(tenant);
  const files = executionFiles(platform.storage, identity, platform.localFiles);
  const functionHost = {
    namespace,
    services,
    files,
    envs: (variables["envs"] ?? {}) as Record<string, string>,
    onSecret: (secret: string) => masking.add(secret),
  };
  const environment = threadEnvironment(functionHost);
  const inputs = await settle(environment, (settling) => defaultInputs(job.inputs, scopeOf(variables), settling));
  const evaluation = createEvaluation(scopeOf({ ...variables, inputs }), functionHost);
  const resolved = await evaluation.settled((renderer) =>
    resolveProperties(definition.properties, trigger.properties, renderer),
  );
  if ("error" in resolved) throw new TaskFailure(resolved.error);
  eachSecret(definition.properties, resolved.properties, (secret) => masking.add(secret));
  const { render, evaluate } = evaluation;
  const { now } = platform;
  const properties = resolved.properties as never;
  const { position } = job;
  return {
    tenant,
    namespace,
    flowId,
    triggerId,
    properties,
    position,
    log,
    now,
    signal,
    files,
    localFiles: platform.localFiles,
    services,
    render,
    evaluate,
    workingDirectory: () => folder.path(),
    runCommand: commandRunner({ platform, evaluation, log, signal, masking, identity, isFolderShared: false }),
  };
}

/** Hands events over; so many of them may wait for their executions to be durable. */
function emitter(job: TriggerJob, { host }: AttemptPlatform, masking: Masking, signal: AbortSignal) {
  let inFlight = 0;
  return async (event: TriggerEvent): Promise<void> => {
    if (signal.aborted) throw signal.reason;
    if (inFlight >= ATTEMPT_LIMITS.eventsInFlight)
      throw new TaskFailure(`more than ${ATTEMPT_LIMITS.eventsInFlight} events are under way: wait for \`emit\``);
    if (host.event === undefined) throw new TaskFailure("this worker takes no events");
    inFlight += 1;
    try {
      await host.event(job.key, findingOf(event) as TriggerFinding);
    } catch (error) {
      throw new TaskFailure(masking.mask((error as Error).message), { cause: error });
    } finally {
      inFlight -= 1;
    }
  };
}

/** An event as plain data. Throws `TaskFailure` when it can't be that. */
function findingOf({ variables, position }: TriggerEvent | TriggerProgress): PollFinding {
  const plain = plainOutputs({
    ...(variables === undefined ? {} : { variables }),
    ...(position === undefined ? {} : { position }),
  });
  if ("error" in plain) throw new TaskFailure(plain.error);
  return plain.outputs as PollFinding;
}
