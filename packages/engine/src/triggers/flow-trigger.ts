import {
  type Environment,
  ExpressionError,
  isTruthyText,
  type Scope,
  scopeOf,
  type Template,
} from "@capstan/expression";
import { type Condition, instantText, type JsonMap, type JsonValue, type Trigger } from "@capstan/model";
import {
  type ConditionContext,
  ConditionFailure,
  type MultipleCondition,
  type UpstreamExecution,
} from "../conditions/condition.ts";
import { conditionName } from "../conditions/condition-name.ts";
import { evaluateConditions } from "../conditions/evaluate-conditions.ts";
import { multipleOf, render } from "../conditions/read-property.ts";
import { describeUnmet, type UnmetCondition } from "../conditions/describe-unmet.ts";
import type { Hiding } from "../history/read-values.ts";
import { isTerminal, type State } from "../execution/execution.ts";
import { labelMap } from "../execution/label-map.ts";
import { gather, type Gathering, type Mark, type Marks, mergedOutputs, outputsByFlow } from "./marks.ts";
import {
  dependenciesOf,
  DEPENDS_ON,
  gatheringOfDependencies,
  gatheringOfPreconditions,
  preconditionsOf,
  upstreamScope,
  type Waiting,
} from "./preconditions.ts";

export const FLOW_TRIGGER_TYPE = "io.kestra.plugin.core.trigger.Flow";

/** A change of state of an execution, as a Flow trigger looks at it. */
export interface UpstreamChange {
  readonly execution: UpstreamExecution;
  /** Roots of the upstream execution, for expressions. */
  readonly scope: Scope;
  readonly environment: Environment;
  readonly compile?: (source: string) => Template;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Hears why nothing comes of it, and what must not be told of that; nothing is found out for nobody. */
  readonly explain?: { readonly hiding: Hiding; readonly unmet: (unmet: UnmetCondition) => void };
}

export interface FlowTriggerOutcome {
  /** What `trigger` shows in the execution to create; absent when there is none to create. */
  readonly fire?: JsonMap;
  /** What the trigger is to remember from here on; absent when nothing changed. */
  readonly memory?: JsonMap;
  /** Why it could not be decided; for the trigger's log. */
  readonly failure?: string;
}

/**
 * Whether the change of an upstream execution starts an execution of a flow with this trigger. Never for executions of the
 * own flow. Passes a `Suspension` through.
 */
export function flowTriggerOutcome(
  trigger: Trigger,
  flow: { readonly namespace: string; readonly id: string },
  upstream: UpstreamChange,
  memory: JsonMap = {},
): FlowTriggerOutcome {
  const { execution } = upstream;
  if (execution.namespace === flow.namespace && execution.flowId === flow.id) return {};
  if (!looksAtState(trigger, execution.state)) return {};
  try {
    return decide(trigger, flow, upstream, memory);
  } catch (error) {
    if (error instanceof ConditionFailure || error instanceof ExpressionError) return { failure: error.message };
    throw error;
  }
}

/** Whether a Flow trigger wants to know of executions in a state at all. */
export function looksAtState({ properties }: Trigger, state: State): boolean {
  const states = properties["states"];
  return Array.isArray(states) ? states.includes(state) : isTerminal(state) || state === "PAUSED";
}

function decide(
  trigger: Trigger,
  flow: { readonly namespace: string; readonly id: string },
  upstream: UpstreamChange,
  memory: JsonMap,
): FlowTriggerOutcome {
  const { execution, environment, now } = upstream;
  const variables = variablesOf(execution, now);
  const ledger = createLedger(
    memory,
    { date: now, executionId: execution.id, flowId: execution.flowId, outputs: execution.outputs ?? {} },
    environment.timeZone,
  );
  const context: ConditionContext = {
    scope: scopeOf({ trigger: variables }, upstream.scope),
    environment,
    execution,
    flow,
    date: now,
    ...(upstream.compile === undefined ? {} : { compile: upstream.compile }),
  };
  // Conditions over time mark what they see, so they come after those that decide whether it counts.
  const [multiple, single] = split(trigger.conditions);
  const { explain } = upstream;
  if (!holds(single, context)) {
    explain?.unmet(describeUnmet({ conditions: single }, context, explain.hiding));
    return {};
  }
  const seen = { ...context, scope: upstreamScope(context) };
  if (trigger.when !== undefined && !isTruthyText(render(trigger.when, seen))) {
    explain?.unmet(describeUnmet({ conditions: [], when: trigger.when }, seen, explain.hiding));
    return {};
  }
  const wasMet = (condition: MultipleCondition) => ledger.add(multipleWaiting(condition, context));
  // Every one of them is to see the execution, whatever the others say.
  const answers = [
    ...multiple.map((condition) => holds([condition], { ...context, wasMet })),
    ...waitingFlows(trigger, context).map((waiting) => ledger.add(waiting)),
  ];
  if (answers.includes(false)) {
    explain?.unmet({ condition: "preconditions", missing: ledger.missing() });
    return ledger.hasChanged() ? { memory: ledger.memory() } : {};
  }
  const outputs = { ...ledger.outputs(), ...execution.outputs, ...ledger.outputsByFlow() };
  const fire = { ...variables, outputs };
  return ledger.hasChanged() ? { fire, memory: ledger.memoryAfterFiring() } : { fire };
}

function holds(conditions: readonly Condition[], context: ConditionContext): boolean {
  const result = evaluateConditions(conditions, context);
  if ("failure" in result) throw new ConditionFailure(result.failure);
  return result.holds;
}

/** Those that remember, and the others. */
function split(conditions: readonly Condition[]): [Condition[], Condition[]] {
  const multiple = conditions.filter(usesMemory);
  return [multiple, conditions.filter((condition) => !multiple.includes(condition))];
}

function usesMemory(condition: Condition): boolean {
  return (
    conditionName(condition.type) === "MultipleCondition" ||
    JSON.stringify(condition.properties).includes(".MultipleCondition")
  );
}

function multipleWaiting(condition: MultipleCondition, context: ConditionContext): Waiting {
  const entries = Object.entries(condition.conditions);
  return {
    gathering: gatheringOfMultiple(condition),
    met: entries.filter(([, each]) => holds([each], context)).map(([name]) => name),
  };
}

function gatheringOfMultiple({ id, conditions, properties }: MultipleCondition): Gathering {
  const { window, windowAdvance } = properties;
  const older = {
    ...(window === undefined ? {} : { window }),
    ...(windowAdvance === undefined ? {} : { windowAdvance }),
  };
  const entries = Object.keys(conditions);
  return {
    id: `multiple:${id}`,
    entries,
    needed: entries.length,
    timeWindow: (properties["timeWindow"] as JsonMap | undefined) ?? older,
    resetOnSuccess: properties["resetOnSuccess"] !== false,
  };
}

/** Whether what a Flow trigger makes of a change depends on changes before it, so that their order counts. */
export function gathersOverTime({ conditions, properties }: Pick<Trigger, "conditions" | "properties">): boolean {
  const { preconditions, dependsOn } = properties;
  return conditions.some(usesMemory) || isMap(preconditions) || Array.isArray(dependsOn);
}

/** What a Flow trigger gathers over time: MultipleConditions at the top, `preconditions`, `dependsOn`. */
export function gatheringsOf({
  conditions,
  properties,
}: Pick<Trigger, "conditions" | "properties">): readonly Gathering[] {
  const { preconditions, dependsOn } = properties;
  return [
    ...conditions
      .filter(({ type }) => conditionName(type) === "MultipleCondition")
      .map((condition) => gatheringOfMultiple(multipleOf(condition.properties))),
    ...(isMap(preconditions) ? [gatheringOfPreconditions(preconditions)] : []),
    ...(Array.isArray(dependsOn) ? [gatheringOfDependencies(properties)] : []),
  ];
}

function isMap(value: JsonValue | undefined): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function waitingFlows({ properties }: Trigger, context: ConditionContext): Waiting[] {
  const preconditions = properties["preconditions"];
  return [
    ...(preconditions === undefined || preconditions === null
      ? []
      : [preconditionsOf(preconditions as JsonMap, context)]),
    ...(Array.isArray(properties["dependsOn"]) ? [dependenciesOf(properties, context)] : []),
  ];
}

interface Ledger {
  /** Marks what was met; whether all of it was met by now. */
  add(waiting: Waiting): boolean;
  hasChanged(): boolean;
  /** What was added and is not marked yet. */
  missing(): readonly string[];
  outputs(): JsonMap;
  /** Of what `dependsOn` waited for, as the 2.0 spelling reads them. */
  outputsByFlow(): JsonMap;
  memory(): JsonMap;
  memoryAfterFiring(): JsonMap;
}

function createLedger(remembered: JsonMap, mark: Mark, timeZone: string): Ledger {
  const entries = new Map<string, { gathering: Gathering; marks: Marks }>();
  const missing = new Set<string>();
  const memory = (keep: (gathering: Gathering) => boolean): JsonMap => {
    const after: Record<string, Marks> = { ...(remembered as unknown as Record<string, Marks>) };
    for (const [id, { gathering, marks }] of entries) {
      if (keep(gathering) && Object.keys(marks).length > 0) after[id] = marks;
      else delete after[id];
    }
    return after as unknown as JsonMap;
  };
  return {
    missing: () => [...missing],
    add: ({ gathering, met }) => {
      const before = (remembered[gathering.id] ?? {}) as unknown as Marks;
      const { complete, marks } = gather(gathering, before, met, mark, timeZone);
      for (const entry of gathering.entries) if (!Object.hasOwn(marks, entry)) missing.add(`${gathering.id}/${entry}`);
      if (met.length > 0 || Object.keys(before).length !== Object.keys(marks).length) {
        entries.set(gathering.id, { gathering, marks });
      }
      return complete;
    },
    hasChanged: () => entries.size > 0,
    outputsByFlow: () => outputsByFlow(entries.get(DEPENDS_ON)?.marks ?? {}),
    outputs: () => mergedOutputs(Object.assign({}, ...[...entries.values()].map(({ marks }) => marks)) as Marks),
    memory: () => memory(() => true),
    memoryAfterFiring: () => memory((gathering) => !gathering.resetOnSuccess),
  };
}

function variablesOf(upstream: UpstreamExecution, now: number): JsonMap {
  const { id, namespace, flowId, flowRevision, state, labels, createdAt, outputs } = upstream;
  return {
    executionId: id,
    namespace,
    flowId,
    flowRevision,
    state,
    startDate: instantText(createdAt),
    endDate: isTerminal(state) ? instantText(now) : null,
    executionLabels: labelMap(labels.filter(({ key }) => key !== "system.correlationId")) as JsonMap,
    outputs: outputs ?? {},
  };
}
