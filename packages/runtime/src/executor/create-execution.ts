import type { ExecutionRow, Label } from "@capstan/engine";
import { encryptedText, FLOW_TRIGGER_TYPE, resolveInputs } from "@capstan/engine";
import { ExpressionError, isTruthyText, scopeOf, settle, templateCache, type Environment } from "@capstan/expression";
import { instantText, type Check, type Flow, type JsonMap, type JsonValue } from "@capstan/model";
import { RequestError } from "../errors.ts";
import { controlValues, hasControlValues } from "../flow-control/control-values.ts";
import type { Rule } from "../flow-control/rules.ts";
import type { ExecutionRequest } from "./execution-request.ts";
import type { CompiledFlow } from "./flows.ts";

export interface Preparation {
  readonly row: ExecutionRow;
  /** Ids of inputs that the flow does not declare; they were left out. */
  readonly undeclared: readonly string[];
  /** A check asked for the execution to be stored as failed. */
  readonly failed?: string;
}

export interface PreparationParts {
  readonly environment: Environment;
  readonly globals: Readonly<Record<string, unknown>>;
  /** The limits that it will come to. */
  readonly rules: readonly Rule[];
  readonly now: number;
  /** Encrypts SECRET inputs; without it they are stored as they are. */
  readonly encrypt?: ((plainText: string) => string) | undefined;
}

const template = templateCache(1000);
/** What flows without inputs are given, which most webhooks and schedules start. */
const NO_INPUTS = Object.freeze({ values: Object.freeze({}), undeclared: [], secretIds: [] });

/**
 * The row of a new execution: inputs coerced and completed, labels merged, checks evaluated. Throws `RequestError`
 * (409 disabled flow, 422 inputs or a blocking check).
 */
export async function prepareExecution(
  request: ExecutionRequest,
  { row: flowRow, plan }: CompiledFlow,
  { environment, globals, rules, now, encrypt }: PreparationParts,
): Promise<Preparation> {
  const { flow } = plan;
  if (flow.disabled) {
    const message = `the flow ${flow.namespace}.${flow.id} is disabled: enable it to run it`;
    throw new RequestError("flow-disabled", message);
  }
  let made: Record<string, unknown> | undefined;
  const roots = () => (made ??= startRoots(request, { row: flowRow, plan }, globals, now));
  const source = request.trigger === undefined ? "api" : request.from === "subflow" ? "subflow" : "trigger";
  // What follows another flow starts without what nobody gave, as in Kestra.
  const mayMiss = request.trigger?.type === FLOW_TRIGGER_TYPE;
  const given = request.inputs ?? {};
  const resolved =
    flow.inputs.length === 0 && Object.keys(given).length === 0
      ? NO_INPUTS
      : await settle(environment, (settling) =>
          resolveInputs(flow.inputs, given, { scope: scopeOf(roots()), environment: settling, source, mayMiss }),
        );
  if ("violations" in resolved) throw invalidInputs(resolved.violations.map(({ message }) => message));
  const labels = labelsFor(flow, request);
  // Checks are for people and clients: what a trigger or another flow starts is not asked.
  const checked =
    source === "api" ? failedCheck(flow, { ...roots(), inputs: resolved.values }, environment) : undefined;
  const values = hasControlValues(flow, rules)
    ? await controlValues(flow, rules, {
        roots: { ...roots(), inputs: resolved.values },
        labels,
        environment,
        now,
        mayShare: mayShare(request, now),
      })
    : {};
  const failed = request.failure ?? (await checked) ?? ("problem" in values ? values.problem : undefined);
  const inputs = encrypt === undefined ? resolved.values : withSecrets(resolved.values, resolved.secretIds, encrypt);
  return {
    row: rowFor(request, flowRow.revision, flow, { inputs, labels, now, ...values }),
    undeclared: resolved.undeclared,
    ...(failed === undefined ? {} : { failed }),
  };
}

/** A start that somebody knows by its id, that has a date of its own, or that tries something out, is no other one's. */
function mayShare({ callerAttempt, replayOf, scheduleDate = 0, kind = "NORMAL" }: ExecutionRequest, now: number) {
  return callerAttempt === undefined && replayOf === undefined && scheduleDate <= now && kind === "NORMAL";
}

/** The values with those of these ids encrypted; ids are nested by their dots. */
function withSecrets(values: JsonMap, ids: readonly string[], encrypt: (plainText: string) => string): JsonMap {
  return ids.reduce((inputs, id) => replaced(inputs, id.split("."), encrypt), values);
}

function replaced(
  values: JsonMap,
  [first = "", ...rest]: readonly string[],
  encrypt: (text: string) => string,
): JsonMap {
  const value = values[first];
  const encrypted = (one: JsonValue) => (typeof one === "string" ? encryptedText(encrypt(one)) : one);
  if (value === undefined) return values;
  if (rest.length === 0) return { ...values, [first]: Array.isArray(value) ? value.map(encrypted) : encrypted(value) };
  return { ...values, [first]: replaced(value as JsonMap, rest, encrypt) };
}

/** What expressions of inputs and checks see. */
export function startRoots(
  { tenant, id, originalId, trigger }: ExecutionRequest,
  { row, plan: { flow } }: CompiledFlow,
  globals: Readonly<Record<string, unknown>>,
  now: number,
): Record<string, unknown> {
  return {
    ...globals,
    flow: { id: flow.id, namespace: flow.namespace, revision: row.revision, tenantId: tenant },
    execution: { id, startDate: instantText(now), originalId: originalId ?? id },
    vars: flow.variables,
    ...(trigger === undefined ? {} : { trigger: trigger.variables }),
  };
}

function rowFor(
  request: ExecutionRequest,
  flowRevision: number,
  flow: Flow,
  { inputs, labels, now, control }: RowParts,
): ExecutionRow {
  const { tenant, id, trigger, parent, callerAttempt, generation, scheduleDate, batch } = request;
  return {
    tenant,
    id,
    namespace: flow.namespace,
    flowId: flow.id,
    flowRevision,
    state: "CREATED",
    history: [{ state: "CREATED", date: now }],
    kind: request.kind ?? "NORMAL",
    labels,
    inputs,
    variables: flow.variables,
    ...(trigger === undefined ? {} : { trigger }),
    ...(parent === undefined ? {} : { parent }),
    ...(callerAttempt === undefined ? {} : { callerAttempt }),
    ...(generation === undefined ? {} : { generation }),
    originalId: request.originalId ?? id,
    ...(request.replayOf === undefined ? {} : { replayOf: request.replayOf }),
    attemptNumber: request.attemptNumber ?? 1,
    ...(request.by === undefined ? {} : { notes: [{ at: now, code: "created", by: request.by }] }),
    ...(scheduleDate === undefined ? {} : { scheduleDate }),
    ...(control === undefined ? {} : { control }),
    ...(batch === undefined ? {} : { batch }),
    createdAt: now,
  };
}

interface RowParts {
  readonly inputs: JsonMap;
  readonly labels: readonly Label[];
  readonly now: number;
  readonly control?: ExecutionRow["control"];
}

/** Flow labels, then the caller's; the correlation id is the own id unless inherited. */
function labelsFor(flow: Flow, request: ExecutionRequest): readonly Label[] {
  const merged = new Map((request.inheritedLabels ?? []).map(({ key, value }) => [key, value]));
  for (const [key, value] of Object.entries(flow.labels)) merged.set(key, value);
  for (const { key, value } of request.labels ?? []) merged.set(key, value);
  if (!merged.has("system.correlationId")) merged.set("system.correlationId", request.id);
  if (!merged.has("system.from")) merged.set("system.from", request.from ?? "api");
  return [...merged].map(([key, value]) => ({ key, value }));
}

/** The checks of a flow that don't hold for what is about to be started; one that can't be evaluated says why. */
export async function failedChecks(
  flow: Flow,
  roots: Readonly<Record<string, unknown>>,
  environment: Environment,
): Promise<readonly Check[]> {
  const failed: Check[] = [];
  for (const check of flow.checks) {
    try {
      const text = await settle(environment, (settling) => template(check.condition).render(scopeOf(roots), settling));
      if (!isTruthyText(text)) failed.push(check);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      failed.push({ ...check, message: `${check.message} (its condition can't be evaluated: ${error.message})` });
    }
  }
  return failed;
}

/** The strictest failed check decides: BLOCK refuses, FAIL stores the execution as failed, CREATE lets it run. */
async function failedCheck(
  flow: Flow,
  roots: Readonly<Record<string, unknown>>,
  environment: Environment,
): Promise<string | undefined> {
  const failed = await failedChecks(flow, roots, environment);
  const blocking = failed.filter(({ behavior }) => behavior === "BLOCK_EXECUTION");
  if (blocking.length > 0) {
    const messages = blocking.map(({ message }) => message);
    throw new RequestError("check-failed", messages.join(", "), messages);
  }
  return failed.find(({ behavior }) => behavior === "FAIL_EXECUTION")?.message;
}

function invalidInputs(problems: readonly string[]): RequestError {
  return new RequestError("inputs-invalid", problems.join(", "), problems);
}
