import type { Environment, Scope, Template } from "@capstan/expression";
import type { Condition, JsonMap } from "@capstan/model";
import type { Label, State } from "../execution/execution.ts";

/** What conditions know of the execution whose change is looked at. */
export interface UpstreamExecution {
  readonly id: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly flowRevision: number;
  readonly state: State;
  readonly labels: readonly Label[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Rendered flow outputs, once the execution ended. */
  readonly outputs?: JsonMap;
  /** States of the attempts of each task run; asked for only when a condition looks at them. */
  readonly attempts?: () => Iterable<readonly State[]>;
}

export interface ConditionContext {
  /** What expressions see: `trigger` and the roots of the upstream execution or of the own flow. */
  readonly scope: Scope;
  readonly environment: Environment;
  /** Compiles expressions; give a cache where conditions are evaluated often. */
  readonly compile?: (source: string) => Template;
  /** Absent for schedules and webhooks. */
  readonly execution?: UpstreamExecution;
  /** The flow that the conditions belong to. */
  readonly flow: { readonly namespace: string; readonly id: string };
  /** What date conditions look at when they name no date and there is no `trigger.date`; epoch milliseconds. */
  readonly date?: number;
  /** Whether a MultipleCondition was met within its window; only Flow triggers keep that memory. */
  readonly wasMet?: (condition: MultipleCondition) => boolean;
}

/** Several conditions, by name, that must each have been met within a window. */
export interface MultipleCondition {
  readonly id: string;
  readonly conditions: Readonly<Record<string, Condition>>;
  readonly properties: JsonMap;
}

/** Decides one type of condition; throws a `ConditionFailure` or an `ExpressionError` when it can't. */
export type Evaluate = (
  properties: JsonMap,
  context: ConditionContext,
  nested: (condition: Condition) => boolean,
) => boolean;

/** A condition that can't be decided, with the reason for the author of the flow. */
export class ConditionFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConditionFailure";
  }
}
