import {
  createLive,
  isTerminal,
  mergeLabels,
  resolveInputs,
  revealed,
  scopeFor,
  type ChildRequest,
  type Event,
  type ExecutionRow,
  type LiveExecution,
} from "@capstan/engine";
import { scopeOf, settle, type Environment } from "@capstan/expression";
import type { Input, JsonMap } from "@capstan/model";
import type { LogLine, MessageRow, Store, TriggerRow } from "@capstan/store";
import type { Admission } from "./admission.ts";
import type { Clock } from "../clock.ts";
import { EXECUTION_UNSTORABLE, RequestError, type CheckedInputs } from "../services.ts";
import { checkInputs } from "./check-inputs.ts";
import { failedChecks, prepareExecution, startRoots, type ExecutionRequest } from "./create-execution.ts";
import type { Executor } from "./executor.ts";
import type { FlowRegistry } from "./flows.ts";
import { isUnstorable } from "./insist.ts";
import type { Slots } from "./slots.ts";
import type { UnitBuilder } from "./unit.ts";
import { reasonFor } from "./unstorable.ts";

export interface CreationParts {
  readonly store: Store;
  readonly executor: Executor;
  readonly flows: FlowRegistry;
  readonly slots: Slots;
  readonly admit: (execution: LiveExecution) => Admission;
  readonly clock: Clock;
  readonly globals: Readonly<Record<string, unknown>>;
  readonly newId: () => string;
  readonly environment: (tenant: string, namespace: string, flowId: string) => Environment;
  /** Absent when the server has no key. */
  readonly encrypt?: (plainText: string) => string;
}

/** Brings executions into being, whoever asks. */
export interface Creation {
  /**
   * Resolves once the execution is durable, rejects when the store refuses it for now; `along` goes into the same commit. Throws
   * `RequestError` also when the store refuses it for good.
   */
  create(request: ExecutionRequest, along?: CreatedAlong): Promise<ExecutionRow>;
  /** For a task run that waits; the same request twice creates one execution. */
  createChild(parent: LiveExecution, request: ChildRequest): Promise<ExecutionRow>;
  /** The same inputs again, as a new execution. */
  replayWhole(row: ExecutionRow, revision: number, inputs?: Readonly<Record<string, unknown>>): Promise<ExecutionRow>;
  /** What a paused task run asks for, coerced. Throws `RequestError` 422. */
  resumeInputs(execution: LiveExecution, given: Readonly<Record<string, unknown>>): Promise<JsonMap>;
  /** What `create` would make of the inputs. */
  checkInputs(request: ExecutionRequest): Promise<CheckedInputs>;
  /** What `resumeInputs` would make of them. */
  checkResumeInputs(execution: LiveExecution, given: Readonly<Record<string, unknown>>): Promise<CheckedInputs>;
  /** Takes an execution that exists in the store into memory and lets it go on. */
  adoptRestored(execution: LiveExecution): void;
}

/** What is written together with a new execution. */
export interface CreatedAlong {
  readonly trigger?: TriggerRow;
  readonly message?: MessageRow;
  /** Waits as long as the store refuses, because nobody would ask again. */
  readonly patient?: boolean;
}

export function createCreation(parts: CreationParts): Creation {
  const { store, executor, flows, slots, clock, globals } = parts;

  const create = async (
    request: ExecutionRequest,
    { trigger, message, patient = false }: CreatedAlong = {},
  ): Promise<ExecutionRow> => {
    const { tenant, namespace, flowId } = request;
    const key = { tenant, namespace, id: flowId };
    const compiled = flows.cached(key) ?? (await flows.compiled(key, request.revision));
    const chosen = request.revision === undefined ? compiled : await flows.compiled(key, request.revision);
    const environment = parts.environment(tenant, namespace, flowId);
    const { encrypt } = parts;
    const prepared = await prepareExecution(request, chosen, { environment, globals, now: clock.now(), encrypt });
    const begin = (failed: string | undefined) =>
      new Promise<void>((resolve, reject) => {
        const execution = createLive(chosen.plan, prepared.row);
        // Whether it may run is decided in its turn, which may wait behind others.
        const start = (): Event =>
          failed === undefined
            ? { type: "start", admission: parts.admit(execution) }
            : { type: "start", admission: "FAIL", reason: failed };
        const add = (unit: UnitBuilder) => {
          if (trigger !== undefined) unit.trigger(execution, trigger);
          if (message !== undefined) unit.message(message);
          unit.log(execution, {}, linesAbout(prepared.undeclared, clock.now()));
          unit.whenDurable(execution, resolve);
          // A refused commit is tried again; who can't wait for that hears of the refusal.
          unit.whenRefused(execution, (error, isFinal) => {
            if (isFinal || !patient) reject(error);
          });
        };
        executor.adopt(execution, start, { add, refused: reject });
      });
    await storedOrFailed(begin, prepared.failed);
    return prepared.row;
  };

  /** The inputs that the paused task runs ask for, and what resolves them. */
  const resumeContext = (execution: LiveExecution) => {
    const { tenant, fixed } = execution;
    const declared = [...execution.runs.values()]
      .filter(({ state }) => state === "PAUSED")
      .flatMap((run) => (run.node.task.properties["onResume"] ?? []) as unknown as readonly Input[]);
    return {
      inputs: declared.map(withDefaults),
      scope: scopeFor(execution, undefined, globals),
      environment: parts.environment(tenant, fixed.namespace, fixed.flowId),
      source: "resume" as const,
    };
  };

  return {
    create,
    createChild: async (parent, request) => {
      const existing = await store.executions.get(parent.tenant, request.executionId);
      if (existing !== undefined) return existing;
      if (executor.get({ tenant: parent.tenant, id: request.executionId }) !== undefined)
        throw new Error(`the execution ${request.executionId} is being created already`);
      return create(childRequest(parent, request), { patient: true });
    },
    replayWhole: async (row, revision, inputs) => {
      const key = { tenant: row.tenant, namespace: row.namespace, id: row.flowId };
      const { plan } = await flows.compiled(key, revision);
      return create({
        tenant: row.tenant,
        namespace: row.namespace,
        flowId: row.flowId,
        revision,
        id: parts.newId(),
        inputs: inputs ?? revealed(row.inputs, plan.reveal, new Set()),
        labels: [...row.labels, { key: "system.replay", value: "true" }],
        originalId: row.originalId,
        ...(row.trigger === undefined ? {} : { trigger: row.trigger }),
      });
    },
    resumeInputs: async (execution, given) => {
      const { inputs, ...context } = resumeContext(execution);
      const resolved = await settle(context.environment, (settling) =>
        resolveInputs(inputs, given, { ...context, environment: settling }),
      );
      if (!("violations" in resolved)) return resolved.values;
      const problems = resolved.violations.map(({ message }) => message);
      throw new RequestError("inputs-invalid", 422, problems.join(", "), problems);
    },
    checkInputs: async (request) => {
      const { tenant, namespace, flowId } = request;
      const compiled = await flows.compiled({ tenant, namespace, id: flowId }, request.revision);
      const { flow } = compiled.plan;
      const environment = parts.environment(tenant, namespace, flowId);
      const roots = startRoots(request, compiled, globals, clock.now());
      return checkInputs(flow.inputs, request.inputs ?? {}, {
        scope: scopeOf(roots),
        environment,
        source: "api",
        failedChecks: (values) => failedChecks(flow, { ...roots, inputs: values }, environment),
      });
    },
    checkResumeInputs: (execution, given) => {
      const { inputs, ...context } = resumeContext(execution);
      return checkInputs(inputs, given, { ...context, failedChecks: async () => [] });
    },
    adoptRestored: (execution) => {
      const { state } = execution;
      // One that has not started is admitted when it goes on.
      if (!isTerminal(state) && state !== "CREATED")
        slots.restore(flowKeyOf(execution), execution.id, state === "QUEUED");
      executor.adopt(execution, { type: "recover" });
    },
  };
}

/**
 * What an execution came to in its first turns may be what can't be stored: then it is stored as failed, with the reason. Throws
 * `RequestError` (422) when not even that can be stored.
 */
async function storedOrFailed(
  begin: (failed: string | undefined) => Promise<void>,
  failed: string | undefined,
): Promise<void> {
  try {
    await begin(failed);
  } catch (error) {
    if (!isUnstorable(error)) throw error;
    try {
      await begin(failed ?? reasonFor(error));
    } catch (last) {
      if (!isUnstorable(last)) throw last;
      throw new RequestError(EXECUTION_UNSTORABLE, 422, `the execution can't be stored: ${last.detail}`);
    }
  }
}

/** The name under which the slots of a flow are kept. */
export function flowKeyOf({ tenant, fixed }: Pick<LiveExecution, "tenant" | "fixed">): string {
  return `${tenant}/${fixed.namespace}/${fixed.flowId}`;
}

function childRequest(parent: LiveExecution, request: ChildRequest): ExecutionRequest {
  const { run, iteration, labels, inheritLabels, revision, scheduleDate, wait } = request;
  const correlation = parent.labels.filter(({ key }) => key === "system.correlationId");
  const inherited = inheritLabels ? parent.labels.filter(({ key }) => !key.startsWith("system.")) : [];
  return {
    tenant: parent.tenant,
    namespace: request.namespace,
    flowId: request.flowId,
    id: request.executionId,
    callerAttempt: request.attempt,
    inputs: request.inputs,
    inheritedLabels: inherited,
    labels: mergeLabels(labels, correlation),
    from: "subflow",
    trigger: { id: run.node.id, type: request.triggerType, variables: request.variables },
    ...(wait
      ? { parent: { executionId: parent.id, taskRun: run.index, ...(iteration === undefined ? {} : { iteration }) } }
      : {}),
    ...(revision === undefined ? {} : { revision }),
    ...(scheduleDate === undefined ? {} : { scheduleDate }),
  };
}

function linesAbout(undeclared: readonly string[], time: number): readonly LogLine[] {
  return undeclared.map((id) => ({
    time,
    level: "WARN",
    message: `the input \`${id}\` is not declared by the flow and was left out`,
  }));
}

/** Inputs of a Pause are written like those of a flow; what is left out takes the same defaults. */
function withDefaults(input: Input): Input {
  return { ...input, writtenType: input.type, required: input.required ?? true };
}
