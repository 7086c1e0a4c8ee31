import type { ExecutionKind, Label, State } from "@capstan/engine";
import type { LogLevel } from "./store.ts";

/** How the text of a field must look. Letters count whatever their case, but for whole texts. */
export type TextOperator =
  /** It is one of the texts. */
  | "IN"
  | "CONTAINS"
  | "STARTS_WITH"
  | "ENDS_WITH"
  /** As a namespace: it is one of them, or below one. */
  | "WITHIN";

export interface TextCondition {
  readonly operator: TextOperator;
  /** One of them suffices. */
  readonly values: readonly string[];
  /** The rows for which it does not hold, those without a text among them. */
  readonly negated?: boolean;
}

/** A condition on the text of a field. A filter wants all of its conditions to hold. */
export interface TextDemand<Field extends string> extends TextCondition {
  readonly field: Field;
}

/** A condition on the labels of one key; negated, no label of the key may fit. */
export interface LabelDemand extends TextCondition {
  readonly key: string;
}

export interface ExecutionFilter {
  readonly tenant: string;
  /** Exact namespace. */
  readonly namespace?: string;
  /** The namespace itself or any below it. */
  readonly namespacePrefix?: string;
  readonly flowId?: string;
  readonly states?: readonly State[];
  readonly startAfter?: number;
  readonly startBefore?: number;
  readonly endAfter?: number;
  readonly endBefore?: number;
  /** All must be present. */
  readonly labels?: readonly Label[];
  readonly kinds?: readonly ExecutionKind[];
  readonly triggerExecutionId?: string;
  readonly parentExecutionId?: string;
  /** `true`: only children of other executions, `false`: only top-level ones. */
  readonly child?: boolean;
  /** Free text: matches ids, namespaces and flow ids by substring. A text that is the id of an execution may find that one alone. */
  readonly query?: string;
  readonly texts?: readonly TextDemand<"id" | "namespace" | "flowId" | "triggerExecutionId">[];
  readonly labelDemands?: readonly LabelDemand[];
}

export interface LogFilter {
  readonly tenant: string;
  readonly namespace?: string;
  readonly namespacePrefix?: string;
  readonly flowId?: string;
  /** Empty for the lines that belong to no execution. */
  readonly executionId?: string;
  readonly triggerId?: string;
  readonly taskIds?: readonly string[];
  readonly taskRunId?: string;
  readonly attempt?: number;
  readonly minimumLevel?: LogLevel;
  readonly levels?: readonly LogLevel[];
  readonly after?: number;
  readonly before?: number;
  /** Substring of the message, case-insensitive. */
  readonly query?: string;
  /** A text that the message must not contain, whatever its case. */
  readonly withoutText?: string;
  readonly texts?: readonly TextDemand<"namespace" | "flowId" | "executionId" | "triggerId" | "taskId" | "taskRunId">[];
}

export interface MetricFilter {
  readonly tenant: string;
  readonly executionId?: string;
  readonly taskRunId?: string;
  readonly taskId?: string;
  readonly namespace?: string;
  readonly flowId?: string;
  readonly name?: string;
}

export interface FlowFilter {
  readonly tenant: string;
  readonly namespace?: string;
  readonly namespacePrefix?: string;
  readonly query?: string;
  readonly labels?: readonly Label[];
  /** Default: not deleted. */
  readonly includeDeleted?: boolean;
  readonly texts?: readonly TextDemand<"id" | "namespace">[];
  readonly labelDemands?: readonly LabelDemand[];
}

export interface TriggerFilter {
  readonly tenant: string;
  readonly namespace?: string;
  readonly namespacePrefix?: string;
  readonly flowId?: string;
  readonly query?: string;
  readonly disabled?: boolean;
  /** Whether an execution locks it. */
  readonly locked?: boolean;
  /** Of the date at which it is next due; those that have none are left out. */
  readonly nextAfter?: number;
  readonly nextBefore?: number;
  /** Of the date that was last evaluated. */
  readonly lastAfter?: number;
  readonly lastBefore?: number;
  readonly texts?: readonly TextDemand<"namespace" | "flowId" | "triggerId">[];
}

export interface KeyValueFilter {
  readonly tenant: string;
  readonly namespace?: string;
  readonly namespacePrefix?: string;
  /** Substring of the key or its namespace, whatever its case. */
  readonly query?: string;
  readonly updatedAfter?: number;
  readonly updatedBefore?: number;
  readonly texts?: readonly TextDemand<"namespace" | "key">[];
}
