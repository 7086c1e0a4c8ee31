import {
  createLive,
  withoutBatch,
  type ChildRequest,
  type Event,
  type ExecutionRow,
  type LiveExecution,
} from "@capstan/engine";
import { scopeOf, type Environment } from "@capstan/expression";
import type { JsonMap } from "@capstan/model";
import type { Storage } from "@capstan/storage";
import type { Store } from "@capstan/store";
import type { Clock } from "../clock.ts";
import { RequestError } from "../errors.ts";
import type { Acting, CheckedInputs } from "../services.ts";
import { checkInputs } from "./check-inputs.ts";
import { addAlong, addToBatch, linesAbout, sharedStart, type CreatedAlong } from "./added-starts.ts";
import { failedChecks, prepareExecution, startRoots, type Preparation } from "./create-execution.ts";
import { requestOfReplay, requestOfTask, type ExecutionRequest } from "./execution-request.ts";
import type { Executor } from "./executor.ts";
import type { Families } from "./families.ts";
import type { CompiledFlow, FlowRegistry } from "./flows.ts";
import { isUnstorable } from "./insist.ts";
import type { RulesOf } from "../flow-control/rules.ts";
import type { PutOff } from "../flow-control/debounces.ts";
import type { Places } from "../flow-control/places.ts";
import type { UnitBuilder } from "./unit.ts";
import { reasonFor } from "./unstorable.ts";

export interface CreationParts {
  readonly store: Store;
  readonly storage: Storage;
  readonly executor: Executor;
  readonly flows: FlowRegistry;
  readonly families: Families;
  readonly places: Places;
  readonly rulesOf: RulesOf;
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
   * Resolves once the execution is durable, however long that takes; `along` goes into the same commit. Throws `RequestError`
   * also when the store refuses it for good.
   */
  create(request: ExecutionRequest, along?: CreatedAlong): Promise<ExecutionRow>;
  /** For a task run that waits; the same request twice creates one execution. */
  createChild(parent: LiveExecution, request: ChildRequest): Promise<ExecutionRow>;
  /** The same inputs again, as a new execution. */
  replayWhole(
    row: ExecutionRow,
    revision: number,
    replay?: Acting & { readonly inputs?: Readonly<Record<string, unknown>> | undefined },
    along?: CreatedAlong,
  ): Promise<ExecutionRow>;
  /**
   * What a replay that goes on from a task run has as its inputs, when others are given. Throws `RequestError` (422) for an input
   * or a check that refuses them.
   */
  inputsOfReplay(row: ExecutionRow, revision: number, inputs: Readonly<Record<string, unknown>>): Promise<JsonMap>;
  /** What `create` would make of the inputs. */
  checkInputs(request: ExecutionRequest): Promise<CheckedInputs>;
  /** Takes an execution that exists in the store into memory and lets it go on. */
  adoptRestored(execution: LiveExecution): void;
}

export function createCreation(parts: CreationParts): Creation {
  const { store, executor, flows, places, clock, globals } = parts;
  const prepare: Prepare = (request, compiled) => {
    const environment = parts.environment(request.tenant, request.namespace, request.flowId);
    const rules = parts.rulesOf(request.tenant, compiled.plan.flow);
    return prepareExecution(request, compiled, {
      environment,
      globals,
      rules,
      now: clock.now(),
      encrypt: parts.encrypt,
    });
  };
  const create: Creation["create"] = (request, along = {}) => createPrepared(parts, prepare, request, along);
  const createDescendant = async (request: ExecutionRequest): Promise<ExecutionRow> => {
    const membership = await parts.families.join(request);
    try {
      return await create(request);
    } catch (error) {
      membership.refused();
      throw error;
    }
  };
  return {
    create,
    createChild: async (parent, request) => {
      const existing = await store.executions.get(parent.tenant, request.executionId);
      if (existing !== undefined) return existing;
      if (executor.get({ tenant: parent.tenant, id: request.executionId }) !== undefined)
        throw new Error(`the execution ${request.executionId} is being created already`);
      return createDescendant(requestOfTask(parent, request));
    },
    replayWhole: async (row, revision, { inputs, by } = {}, along = {}) => {
      const { plan } = await flows.compiled({ tenant: row.tenant, namespace: row.namespace, id: row.flowId }, revision);
      const request = requestOfReplay(row, plan, parts.newId(), inputs);
      return create(by === undefined ? request : { ...request, by }, along);
    },
    inputsOfReplay: async (row, revision, inputs) => {
      const compiled = await flows.compiled({ tenant: row.tenant, namespace: row.namespace, id: row.flowId }, revision);
      const prepared = await prepare(requestOfReplay(row, compiled.plan, row.id, inputs), compiled);
      if (prepared.failed !== undefined) throw new RequestError("check-failed", prepared.failed, [prepared.failed]);
      return prepared.row.inputs;
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
    adoptRestored: (execution) => {
      places.restore(execution);
      executor.adopt(execution, { type: "recover" });
    },
  };
}

type Prepare = (request: ExecutionRequest, compiled: CompiledFlow) => Promise<Preparation>;

/** See `Creation.create`. */
async function createPrepared(
  parts: CreationParts,
  prepare: Prepare,
  request: ExecutionRequest,
  along: CreatedAlong,
): Promise<ExecutionRow> {
  const { executor, flows, places } = parts;
  const { tenant, namespace, flowId } = request;
  const key = { tenant, namespace, id: flowId };
  const compiled = request.compiled ?? flows.cached(key) ?? (await flows.compiled(key, request.revision));
  const chosen = request.revision === undefined ? compiled : await flows.compiled(key, request.revision);
  const prepared = await prepare(request, chosen);
  const { flow } = chosen.plan;
  const ready = places.ready(tenant, flow);
  if (ready !== undefined) await ready;
  let start = prepared;
  const shared = sharedStart(parts, prepared, along);
  for (let adding = shared && addToBatch(parts, shared); adding !== undefined;) {
    const added = await adding;
    if (typeof added === "object") return added;
    // What can't be stored with others is tried once more by itself.
    if (added === "refused") start = { ...prepared, row: withoutBatch(prepared.row) };
    adding = added === "refused" ? undefined : addToBatch(parts, shared!);
  }
  const { row, superseded }: PutOff =
    start.failed === undefined ? places.putOff(start.row, flow) : { row: withoutBatch(start.row) };
  const begun = storedOrFailed((failed) => {
    const isAsPlanned = failed === start.failed;
    if (!isAsPlanned) places.closed(row);
    return begin(parts, chosen, { ...start, row: isAsPlanned ? row : withoutBatch(start.row), failed }, along);
  }, start.failed);
  if (superseded !== undefined)
    executor.send(superseded, { type: "dequeue", state: "CANCELLED", supersededBy: row.id });
  await begun;
  return row;
}

type Beginning = Omit<Preparation, "failed"> & { readonly failed: string | undefined };

/** Takes a new execution into memory; resolves when it is durable. */
function begin(
  { executor, places, clock }: CreationParts,
  { plan }: CompiledFlow,
  { row, undeclared, failed }: Beginning,
  along: CreatedAlong,
): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const execution = createLive(plan, row);
    // Whether it may run is decided in its turn, which may wait behind others.
    const start = (): Event =>
      failed === undefined
        ? { type: "start", ...places.admit(execution) }
        : { type: "start", admission: "FAIL", reason: failed };
    const add = (unit: UnitBuilder) => {
      addAlong(unit, execution, along, { executionId: row.id });
      unit.log(execution, {}, linesAbout(undeclared, clock.now()));
      unit.whenDurable(execution, resolve);
      unit.whenRefused(execution, reject);
    };
    executor.adopt(execution, start, { add, refused: reject });
  });
}

/**
 * What an execution came to in its first turns may be what can't be stored: then it is stored as failed, with the reason. Throws
 * `RequestError` (422) when not even that can be stored.
 */
async function storedOrFailed(
  attempt: (failed: string | undefined) => Promise<void>,
  failed: string | undefined,
): Promise<void> {
  try {
    await attempt(failed);
  } catch (error) {
    if (!isUnstorable(error)) throw error;
    try {
      await attempt(failed ?? reasonFor(error));
    } catch (last) {
      if (!isUnstorable(last)) throw last;
      throw new RequestError("execution-unstorable", `the execution can't be stored: ${last.detail}`);
    }
  }
}
