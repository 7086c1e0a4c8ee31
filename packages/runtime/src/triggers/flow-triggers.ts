import {
  FLOW_TRIGGER_TYPE,
  flowTriggerOutcome,
  type FlowTriggerOutcome,
  gathersOverTime,
  hidingOf,
  type LiveExecution,
  looksAtState,
  scopeFor,
  seededId,
  type State,
  type UnmetCondition,
} from "@capstan/engine";
import { ExpressionError, renderDeep, scopeOf, settle, type Environment } from "@capstan/expression";
import type { JsonMap, Trigger } from "@capstan/model";
import type { FlowKey, FlowRow, MessageRow, Store, TriggerKey, TriggerRow } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { Creation } from "../executor/creation.ts";
import type { CompiledFlow, FlowRegistry } from "../executor/flows.ts";
import type { Executor, StateEffect } from "../executor/executor.ts";
import { commitInsisting, type Insist, isPassing, isUnstorable } from "../executor/insist.ts";
import { createOneByOne } from "../executor/one-by-one.ts";
import { RequestError } from "../errors.ts";
import { type Change, type ChangeNotes, createChangeNotes, dateOf } from "./change-notes.ts";
import { type Evaluation, type Evaluations, nothingOf } from "./evaluations.ts";
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
  readonly insist: Insist;
  readonly evaluations: Evaluations;
}

/** Starts executions when those of other flows change their state. */
export interface FlowTriggers {
  /** Learns who watches, and what an earlier process left: before any execution is brought back, whose end may come at once. */
  prepare(): Promise<void>;
  /** Begins to look, once what was there before is back. */
  start(): void;
  flowChanged(row: Omit<FlowRow, "source">): void;
  stateChanged(execution: LiveExecution, change: StateEffect): void;
  /** What a trigger would make of an execution as it is, with what it remembers now. Starts nothing; undefined: it would fire. */
  asked(key: TriggerKey, execution: LiveExecution): Promise<Evaluation | undefined>;
}

/** Looks of triggers that gather nothing, at the same time and at most. */
const APART_MAX = 32;

/**
 * A trigger that gathers looks at one change after the other, so that marks of preconditions are counted in their order; each flow has
 * its own queue, and triggers that gather nothing need none. A change that somebody may look at is noted in its own commit,
 * looked at after that, and struck out when that is done, so that none is missed when the process dies in between. What it starts has
 * an id that follows from the change, so that nothing is started twice.
 */
export function createFlowTriggers(parts: FlowTriggerParts): FlowTriggers {
  const { store, flows, logger } = parts;
  const watching = new Map<string, FlowKey>();
  const changes = createChangeNotes(parts);
  const started = Promise.withResolvers<void>();
  const turns = createOneByOne();
  const lanes = createOneByOne();
  let apart = 0;

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
  /** What the work answers; undefined when it could not be done. */
  const tried = async <Result>(key: FlowKey, work: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await parts.insist(work);
    } catch (error) {
      // The next process finds the note, and looks again.
      if (!parts.executor.isStopped)
        logger.error({ err: error, flow: `${key.namespace}.${key.id}` }, "a flow trigger can't be evaluated");
      return undefined;
    }
  };
  /** Resolves when those of its triggers that gather have looked; of each, whether it could. */
  const lookFor = async (key: FlowKey, change: Change): Promise<readonly Promise<boolean>[]> => {
    const compiled = await tried(key, () => flows.compiled(key));
    if (compiled === undefined) return [Promise.resolve(false)];
    const answers: Promise<boolean>[] = [];
    for (const trigger of compiled.plan.flow.triggers) {
      if (!looks(trigger, change.state)) continue;
      const deciding = () => decide({ ...parts, changes }, { key, compiled, trigger, change }).then(() => true);
      const work = async () => (await tried(key, deciding)) === true;
      const gathers = gathersOverTime(trigger);
      const answer = gathers ? work() : lanes({ tenant: key.tenant, id: String((apart += 1) % APART_MAX) }, work);
      answers.push(answer);
      if (gathers) await answer;
    }
    return answers;
  };
  const look = async (change: Change) => {
    const turn = (key: FlowKey) =>
      turns({ tenant: key.tenant, id: `${key.namespace}.${key.id}` }, () => lookFor(key, change));
    const answers = await Promise.all(watchers(change.execution).map(turn));
    if ((await Promise.all(answers.flat())).every(Boolean)) changes.strike(change);
  };
  const later = (change: Change) => void started.promise.then(() => look(change));
  return {
    prepare: async () => {
      for (const row of await store.flows.withTrigger(FLOW_TRIGGER_TYPE)) flowChanged(row);
      for (const change of await changes.unread()) later(change);
    },
    start: started.resolve,
    flowChanged,
    stateChanged: (execution, effect) => {
      if (watching.size > 0 && isWatched(execution, effect.state)) changes.note(execution, effect, later);
    },
    asked: (key, execution) => askedAbout(parts, key, execution),
  };
}

async function askedAbout(
  parts: FlowTriggerParts,
  { tenant, namespace, flowId, triggerId }: TriggerKey,
  execution: LiveExecution,
): Promise<Evaluation | undefined> {
  const key = { tenant, namespace, id: flowId };
  const compiled = await parts.flows.compiled(key);
  const trigger = compiled.plan.flow.triggers.find(({ id }) => id === triggerId);
  const { id: executionId, state, history } = execution;
  const evaluation = { at: parts.clock.now(), outcome: "not-met", executionId } as const;
  if (trigger === undefined || trigger.type !== FLOW_TRIGGER_TYPE)
    return { ...evaluation, text: "it is no flow trigger: it looks at no executions" };
  if (execution.fixed.namespace === namespace && execution.fixed.flowId === flowId)
    return { ...evaluation, text: "the execution is one of the flow that the trigger belongs to" };
  if (!looksAtState(trigger, state))
    return { ...evaluation, text: `the execution is ${state}, and the trigger does not look at that state` };
  const stored = await parts.store.triggers.get({ tenant, namespace, flowId, triggerId });
  const note = { tenant, executionId, id: "" };
  const change = { execution, state, position: history.length - 1, isAgain: true, looked: new Set<string>(), note };
  const look = { key, compiled, trigger, change };
  const outcome = await outcomeOf(parts, look, stored?.memory);
  return outcome.fire === undefined ? { ...evaluation, ...nothingOf(outcome) } : undefined;
}

interface Look {
  readonly key: FlowKey;
  readonly compiled: CompiledFlow;
  readonly trigger: Trigger;
  readonly change: Change;
}
type DecidingParts = FlowTriggerParts & { readonly changes: ChangeNotes };

/** Lets one trigger look at a change, once: what comes of it and that it has looked are durable together. */
async function decide(parts: DecidingParts, look: Look): Promise<void> {
  const { key, trigger, change } = look;
  const { store, clock } = parts;
  const name = `${key.namespace}.${key.id}/${trigger.id}`;
  if (change.looked.has(name)) return;
  const triggerKey = { tenant: key.tenant, namespace: key.namespace, flowId: key.id, triggerId: trigger.id };
  // Most changes are none that it waits for, which what it remembers can't alter: nothing is read for them.
  const unread = await outcomeOf(parts, look, undefined);
  if (isNothing(unread)) return parts.evaluations.note(triggerKey, evaluationOf(parts, change, unrelated(unread)));
  const id = executionIdOf(look);
  const [known, stored] = await Promise.all([
    change.isAgain ? store.executions.get(key.tenant, id) : undefined,
    store.triggers.get(triggerKey),
  ]);
  if (known !== undefined || stored?.disabled === true) return;
  const outcome = await outcomeOf(parts, look, stored?.memory);
  if (outcome.fire === undefined) parts.evaluations.note(triggerKey, evaluationOf(parts, change, nothingOf(outcome)));
  if (isNothing(outcome)) return;
  const memory = outcome.memory ?? stored?.memory;
  const { memory: _memory, ...rest }: Partial<TriggerRow> = stored ?? {};
  const row: TriggerRow = {
    ...rest,
    ...triggerKey,
    type: trigger.type,
    disabled: false,
    ...(memory === undefined ? {} : { memory }),
    updatedAt: clock.now(),
  };
  const message = parts.changes.looked(change, name);
  if (outcome.fire === undefined) await remember(parts, row, message);
  else await fire(parts, { ...look, id, variables: outcome.fire, row, message });
  change.looked.add(name);
}

type Outcome = FlowTriggerOutcome & { readonly unmet?: UnmetCondition };

function isNothing({ fire, memory }: FlowTriggerOutcome): boolean {
  return fire === undefined && memory === undefined;
}

function evaluationOf(
  { clock }: FlowTriggerParts,
  { execution }: Change,
  nothing: ReturnType<typeof nothingOf>,
): Evaluation {
  return { at: clock.now(), executionId: execution.id, ...nothing };
}

/** Of what it gathers nobody has looked how much is there. */
function unrelated(outcome: Outcome): ReturnType<typeof nothingOf> {
  if (outcome.failure !== undefined || outcome.unmet?.missing === undefined) return nothingOf(outcome);
  return { outcome: "not-met", text: "the execution is none that it waits for" };
}

/** What a change comes to, which is the same whenever it is looked at. */
function outcomeOf(parts: FlowTriggerParts, look: Look, memory: JsonMap | undefined): Promise<Outcome> {
  const { key, trigger, change } = look;
  const { execution, state } = change;
  const { namespace, flowId, flowRevision } = execution.fixed;
  const environment = parts.environment(execution.tenant, namespace, flowId);
  const upstream = {
    id: execution.id,
    namespace,
    flowId,
    flowRevision,
    state,
    labels: execution.labels,
    createdAt: execution.fixed.createdAt,
    ...(execution.outputs === undefined ? {} : { outputs: execution.outputs }),
  };
  const scope = scopeFor(execution, undefined, parts.globals);
  const flow = { namespace: key.namespace, id: key.id };
  return settle(environment, (settling) => {
    let unmet: UnmetCondition | undefined;
    const hiding = hidingOf(execution, settling.memo);
    const explain = { hiding, unmet: (found: UnmetCondition) => (unmet = found) };
    const seen = { execution: upstream, scope, environment: settling, now: dateOf(change), explain };
    const outcome = flowTriggerOutcome(trigger, flow, seen, memory);
    if (outcome.failure !== undefined) return { ...outcome, failure: hiding.masking.mask(outcome.failure) };
    return unmet === undefined ? outcome : { ...outcome, unmet };
  });
}

/**
 * Makes durable what the trigger remembers, that it has looked, and why nothing came of it. Outputs of the marked executions are
 * a part of what it remembers, and can be more than can be stored.
 */
async function remember(parts: FlowTriggerParts, row: TriggerRow, message: MessageRow, reason?: string): Promise<void> {
  const { tenant, namespace, flowId, triggerId } = row;
  const logs = (text: string) => {
    const lines = [{ time: parts.clock.now(), level: "WARN" as const, message: text }];
    return { logs: [{ tenant, namespace, flowId, triggerId, lines }] };
  };
  try {
    const lines = reason === undefined ? {} : logs(reason);
    await commitInsisting(parts, { triggers: [row], messages: [message], ...lines });
  } catch (error) {
    if (!isUnstorable(error)) throw error;
    const why = reason ?? `what the trigger is to remember can't be stored: ${error.detail}`;
    await commitInsisting(parts, { messages: [message], ...logs(why) });
  }
}

/** Always the same for one trigger and one change. */
function executionIdOf({ key, trigger, change }: Look): string {
  const { execution, position } = change;
  return seededId(`${execution.id}/${position}/${key.namespace}.${key.id}/${trigger.id}`, dateOf(change));
}

interface Firing extends Look {
  /** Of the execution to create. */
  readonly id: string;
  readonly variables: JsonMap;
  readonly row: TriggerRow;
  readonly message: MessageRow;
}

async function fire(parts: FlowTriggerParts, firing: Firing): Promise<void> {
  const { key, trigger, change, id, row, message } = firing;
  const variables = { ...firing.variables, ...(await tasksOf(parts, change.execution)) };
  const correlation = change.execution.labels.filter(({ key: label }) => label === "system.correlationId");
  try {
    const { inputs, labels } = await renderedFor(parts, { ...firing, variables });
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
        generation: (change.execution.fixed.generation ?? 0) + 1,
      },
      { trigger: { key: row, change: { rowFor: () => row } }, message },
    );
  } catch (error) {
    // It is looked at again.
    if (isPassing(error)) throw error;
    if (!isMistake(error)) parts.logger.error({ err: error }, "a flow trigger could not start its flow");
    const text = `the trigger started no execution: ${reasonOf(error)}`;
    parts.evaluations.note(row, {
      at: parts.clock.now(),
      outcome: "refused",
      text,
      executionId: change.execution.id,
    });
    // What it gathered is used up all the same.
    await remember(parts, row, message, text);
  }
}

/** Which tasks of the upstream execution tell how it went. */
async function tasksOf({ store }: FlowTriggerParts, { tenant, id }: LiveExecution): Promise<JsonMap> {
  const runs = (await store.executions.taskRuns(tenant, id)).toSorted((left, right) => left.index - right.index);
  return {
    firstFailedTaskId: runs.find(({ state }) => state === "FAILED")?.taskId ?? null,
    lastTaskId: runs.at(-1)?.taskId ?? null,
  };
}

/** Of the author of the flow or of who runs it: their log tells, ours needs not. */
function isMistake(error: unknown): boolean {
  return error instanceof RequestError || error instanceof ExpressionError;
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof ExpressionError ? `its inputs or labels can't be rendered: ${message}` : message;
}

/** Inputs and labels of the execution to create; they see the upstream execution as well, with the outputs of its tasks. */
function renderedFor(parts: FlowTriggerParts, { key, compiled, trigger, change, variables }: Firing) {
  const roots = {
    ...parts.globals,
    flow: { id: key.id, namespace: key.namespace, revision: compiled.row.revision },
    vars: compiled.plan.flow.variables,
    trigger: variables,
  };
  const scope = scopeOf(roots, scopeFor(change.execution, undefined, parts.globals));
  return settle(parts.environment(key.tenant, key.namespace, key.id), (settling) => ({
    inputs: renderDeep(trigger.inputs ?? {}, scope, settling) as JsonMap,
    labels: renderedLabels(trigger, scope, settling),
  }));
}
