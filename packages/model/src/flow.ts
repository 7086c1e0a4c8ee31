import type { Duration } from "./duration.ts";

/** What JSON can carry; what a flow document is made of after parsing. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonMap = { readonly [key: string]: JsonValue };

/** How a task is carried out: by the worker, by the engine, by creating executions, or by editing its own execution. */
export type TaskKind = "runnable" | "flowable" | "executable" | "updating";

/** One revision of a flow: checked, aliases resolved, plugin defaults merged. Plain data, safe to store as JSON. */
export interface Flow {
  readonly id: string;
  readonly namespace: string;
  readonly description?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly inputs: readonly Input[];
  readonly outputs: readonly FlowOutput[];
  readonly variables: JsonMap;
  readonly tasks: readonly Task[];
  readonly errors: readonly Task[];
  readonly finally: readonly Task[];
  readonly afterExecution: readonly Task[];
  readonly listeners: readonly Listener[];
  readonly triggers: readonly Trigger[];
  /** Each limits by itself; an execution runs when all of them let it. */
  readonly concurrency: readonly Concurrency[];
  readonly quotas: readonly Quota[];
  readonly debounce?: Debounce;
  readonly batch?: Batch;
  /** A number, or an expression that renders to one. */
  readonly priority?: string;
  readonly retry?: Retry;
  readonly sla: readonly Sla[];
  readonly checks: readonly Check[];
  readonly disabled: boolean;
  readonly workerGroup?: WorkerGroup;
  readonly workerSelector?: WorkerSelector;
}

export interface Task {
  readonly id: string;
  /** Canonical type name; for an unknown type the name as written. */
  readonly type: string;
  /** The name the author wrote; `task.type` shows it in expressions. */
  readonly writtenType: string;
  readonly kind: TaskKind;
  /** False when no plugin provides the type: the flow is stored, the task fails when it runs. */
  readonly known: boolean;
  readonly disabled: boolean;
  /** Expression; absent means always. */
  readonly runIf?: string;
  /** Expression or ISO-8601 duration. */
  readonly timeout?: string;
  readonly retry?: Retry;
  readonly allowFailure: boolean;
  readonly allowWarning: boolean;
  readonly logLevel?: LogLevel;
  readonly logToFile: boolean;
  readonly workerGroup?: WorkerGroup;
  readonly workerSelector?: WorkerSelector;
  readonly taskCache?: { readonly enabled: boolean; readonly ttlMs?: Duration };
  /** The properties of the type itself, unrendered, without common properties and without lists of tasks. */
  readonly properties: JsonMap;
  /**
   * Lists of child tasks by name: `tasks`, `errors`, `finally`, `then`, `else`, `defaults`, `cases.<key>`, `onPause`.
   * Disabled children are kept; the plan drops them.
   */
  readonly lists: Readonly<Record<string, readonly Task[]>>;
  /** Dag only: task id → ids it waits for. */
  readonly dependsOn?: Readonly<Record<string, readonly string[]>>;
}

export type LogLevel = "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR";

export interface WorkerGroup {
  readonly key?: string;
  readonly fallback?: "FAIL" | "WAIT" | "CANCEL" | "IGNORE";
}

/** The newer spelling: tags are names of groups. */
export interface WorkerSelector {
  readonly tags: readonly string[];
  readonly match?: "ALL" | "ANY";
  readonly fallback?: WorkerGroup["fallback"];
}

/** Durations in milliseconds. `maxAttempts` counts the first attempt too. */
export type Retry = RetryLimits &
  (
    | { readonly type: "constant"; readonly intervalMs: Duration }
    | {
        readonly type: "exponential";
        readonly intervalMs: Duration;
        readonly maxIntervalMs: Duration;
        readonly delayFactor: number;
      }
    | { readonly type: "random"; readonly minIntervalMs: Duration; readonly maxIntervalMs: Duration }
  );

export interface RetryLimits {
  readonly maxAttempts?: number;
  readonly maxDurationMs?: Duration;
  readonly warningOnRetry: boolean;
  readonly behavior: "RETRY_FAILED_TASK" | "CREATE_NEW_EXECUTION";
}

export type InputType =
  | "STRING"
  | "INT"
  | "FLOAT"
  | "BOOL"
  | "DATETIME"
  | "DATE"
  | "TIME"
  | "DURATION"
  | "FILE"
  | "JSON"
  | "YAML"
  | "ION"
  | "URI"
  | "SECRET"
  | "ARRAY"
  | "SELECT"
  | "MULTISELECT"
  | "EMAIL"
  | "OBJECT"
  | "TABLE";

/** BOOLEAN is read as BOOL and ENUM as SELECT; the written name is kept for display in `writtenType`. */
export interface Input {
  readonly id: string;
  readonly type: InputType;
  readonly writtenType: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly required: boolean;
  readonly defaults?: JsonValue;
  readonly prefill?: JsonValue;
  readonly dependsOn?: { readonly inputs: readonly string[]; readonly condition?: string };
  readonly validator?: string;
  /** INT, FLOAT: numbers. DURATION: ISO text. */
  readonly min?: number | string;
  readonly max?: number | string;
  /** DATE, DATETIME, TIME: ISO text, inclusive. */
  readonly after?: string;
  readonly before?: string;
  readonly itemType?: InputType;
  readonly values?: readonly string[];
  readonly expression?: string;
  readonly allowCustomValue?: boolean;
  readonly autoSelectFirst?: boolean;
  readonly isRadio?: boolean;
  /** OBJECT: what its value consists of. TABLE: what each row does. */
  readonly properties?: readonly Input[];
  readonly columns?: readonly Input[];
  /** TABLE: how many rows it may have. */
  readonly rows?: { readonly min?: number; readonly max?: number };
  readonly allowedFileExtensions?: readonly string[];
  readonly extension?: string;
}

export interface FlowOutput {
  readonly id: string;
  readonly type: InputType;
  readonly itemType?: InputType;
  readonly value: JsonValue;
  readonly displayName?: string;
  readonly description?: string;
  readonly required: boolean;
}

export interface Listener {
  readonly description?: string;
  readonly conditions: readonly Condition[];
  readonly tasks: readonly Task[];
}

/** A condition of a trigger or a listener; nested ones (Or, Not, MultipleCondition) stay inside `properties`, checked. */
export interface Condition {
  readonly type: string;
  readonly properties: JsonMap;
}

export interface Trigger {
  readonly id: string;
  readonly type: string;
  readonly writtenType: string;
  readonly known: boolean;
  readonly description?: string;
  readonly disabled: boolean;
  readonly conditions: readonly Condition[];
  /** Expression of the 2.0 spelling of conditions. */
  readonly when?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly inputs?: JsonMap;
  readonly stopAfter: readonly string[];
  readonly logLevel?: LogLevel;
  readonly failOnTriggerError: boolean;
  readonly allowConcurrent: boolean;
  readonly workerGroup?: WorkerGroup;
  /** The properties of the type itself, unrendered. */
  readonly properties: JsonMap;
}

/** How many executions may run at once. */
export interface Concurrency {
  readonly limit: number;
  readonly behavior: "QUEUE" | "CANCEL" | "FAIL" | "REPLACE";
  /** Expression: the limit holds for each text that it renders to. */
  readonly key?: string;
}

/** How many executions may start in a window of time. Windows of a length begin at multiples of it after 1970-01-01T00:00Z. */
export interface Quota {
  readonly durationMs: Duration;
  readonly limit: number;
  readonly behavior: "QUEUE" | "CANCEL" | "FAIL";
  /** Expression: the quota holds for each text that it renders to. */
  readonly key?: string;
}

/** Of executions that follow each other within a period, only the last one runs. */
export interface Debounce {
  readonly periodMs: Duration;
  readonly maxWaitMs?: Duration;
  /** Expression: executions with different texts don't follow each other. */
  readonly key?: string;
}

/** Starts that come within a time share one execution. */
export interface Batch {
  readonly maxSize: number;
  readonly timeoutMs: Duration;
  /** Expression: starts with different texts don't share one. */
  readonly key?: string;
}

export type Sla = {
  readonly id: string;
  readonly behavior: "FAIL" | "CANCEL" | "NONE";
  readonly labels: Readonly<Record<string, string>>;
} & (
  | { readonly type: "MAX_DURATION"; readonly durationMs: Duration }
  | { readonly type: "EXECUTION_ASSERTION"; readonly assert: string }
);

export interface Check {
  readonly condition: string;
  readonly message: string;
  readonly style: "ERROR" | "SUCCESS" | "WARNING" | "INFO";
  readonly behavior: "BLOCK_EXECUTION" | "FAIL_EXECUTION" | "CREATE_EXECUTION";
}
