import type { JsonMap, JsonValue, LogLevel, Task } from "@capstan/model";
import type { Readable } from "node:stream";
import type { TriggerEvent } from "./definition.ts";
import type { LocalFiles } from "./local-files.ts";
import type { OwnRunner, RunnerResult, TaskCommand } from "./task-runner.ts";

/** Which attempt of which task run this is. */
export interface TaskIdentity {
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly flowRevision: number;
  readonly executionId: string;
  readonly taskId: string;
  readonly taskRunId: string;
  /** From 1. */
  readonly attempt: number;
  readonly value?: string;
  /** For services that tell repeats apart: the same for all that is ever tried for the task run. */
  readonly idempotencyKey: string;
  /** The same when this attempt is given out again because its worker was lost; another one for each retry. */
  readonly attemptKey: string;
}

/** Lines go to the execution's own log, masked. */
export type TaskLogger = Record<"trace" | "debug" | "info" | "warn" | "error", (message: string) => void>;

export interface Metric {
  readonly name: string;
  readonly type: "counter" | "timer" | "gauge";
  /** Timers in milliseconds. */
  readonly value: number;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Rendering with the scope of the attempt, extended by `extra` roots. All functions of a context work without it as `this`. */
export interface Renderer {
  /** Always text. */
  readonly render: (source: string, extra?: Record<string, unknown>) => Promise<string>;
  /** Keys and strings at every depth; a lone `{{ e }}` keeps its native value. */
  readonly evaluate: (value: unknown, extra?: Record<string, unknown>) => Promise<unknown>;
}

export interface TaskContext<Properties> extends Renderer {
  readonly identity: TaskIdentity;
  /** Rendered and converted by the task's schema. */
  readonly properties: Properties;
  /** The task as written (for tasks that render parts of themselves later). */
  readonly task: Task;
  readonly log: TaskLogger;
  readonly now: () => number;
  /** Aborted on kill and on timeout. */
  readonly signal: AbortSignal;
  readonly files: ExecutionFiles;
  readonly localFiles: LocalFiles;
  readonly services: Services;
  readonly metric: (metric: Metric) => void;
  /** The attempt's own temporary folder, made on the first call, removed when the attempt ends. Absolute path. */
  readonly workingDirectory: () => Promise<string>;
  /** Runs a command with the task runner the task asks for, or with the task's own. */
  readonly runCommand: (
    command: TaskCommand,
    runner?: ({ readonly type: string } & JsonMap) | OwnRunner,
  ) => Promise<RunnerResult>;
  /** Hides a value in every log, output and error of this attempt. */
  readonly mask: (value: string) => void;
}

/** For tasks that run within the engine's turn. */
export interface InlineContext<Properties> {
  readonly identity: TaskIdentity;
  readonly properties: Properties;
  readonly log: TaskLogger;
  readonly now: () => number;
  readonly metric: (metric: Metric) => void;
}

export interface PollingContext<Properties> extends Renderer {
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly triggerId: string;
  readonly properties: Properties;
  /** That of the last event whose execution is durable, or of the last answer without an event; undefined before the first. */
  readonly position: JsonValue | undefined;
  readonly log: TaskLogger;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly files: ExecutionFiles;
  readonly localFiles: LocalFiles;
  readonly services: Services;
  /** A temporary folder, made on the first call, removed when the question is answered or the listening ends. Absolute path. */
  readonly workingDirectory: TaskContext<Properties>["workingDirectory"];
  readonly runCommand: TaskContext<Properties>["runCommand"];
}

export interface RealtimeContext<Properties> extends PollingContext<Properties> {
  /**
   * Resolves once the execution is durable; then the event may be acknowledged to its source. When it rejects, the event is to
   * be given again, so that each event counts at least once. Only so many may be under way: wait for it.
   */
  readonly emit: (event: TriggerEvent) => Promise<void>;
}

/** Internal storage as an attempt sees it: it writes below its own folder and reads what its execution may read. */
export interface ExecutionFiles {
  /** Stores a file of this task run; answers its `kestra:///…` URI. */
  put(name: string, content: Readable | Uint8Array | string): Promise<string>;
  /** Reads `kestra:///…`, `nsfile:///…`, or (where the server allows it) `file://…`. Throws `TaskFailure` when missing or not allowed. */
  read(uri: string): Promise<Readable>;
  text(uri: string): Promise<string>;
  sizeBytes(uri: string): Promise<number>;
  /** Answers whether something was deleted. */
  delete(uri: string): Promise<boolean>;
  /** Deletes every file of the current execution; answers their URIs. */
  purgeExecution(): Promise<readonly string[]>;
}

/** What the platform offers to tasks. All calls may cross a thread or a network: arguments and answers are plain data. */
export interface Services {
  readonly keyValues: KeyValueService;
  readonly namespaceFiles: NamespaceFileService;
  readonly executions: ExecutionServices;
  readonly flows: FlowServices;
  /** Throws `TaskFailure` "Cannot find secret for key 'X'."; `subkey` picks a field of a JSON secret. */
  secret(namespace: string, key: string, subkey?: string): Promise<string>;
  /** Encrypts text with the server's key, to the map that stands for it in outputs. Absent when no key is configured. */
  encrypt?(plainText: string): Promise<JsonMap>;
}

export interface KeyValue {
  readonly key: string;
  readonly value: JsonValue;
  readonly type: "STRING" | "NUMBER" | "BOOLEAN" | "JSON" | "DATETIME" | "DATE" | "DURATION";
  readonly description?: string;
  /** How many times it was set since it was made; absent for once. */
  readonly revision?: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expiresAt?: number;
}
export interface KeyValueService {
  /** With `inherit`, parent namespaces are searched too. */
  get(namespace: string, key: string, options?: { inherit?: boolean }): Promise<KeyValue | undefined>;
  set(
    namespace: string,
    key: string,
    value: JsonValue,
    options?: { type?: KeyValue["type"]; ttlMs?: number; overwrite?: boolean; description?: string },
  ): Promise<void>;
  /** With `expired`, entries whose time is over but that are still stored are listed too. */
  list(namespace: string, prefix?: string, options?: { expired?: boolean }): Promise<readonly KeyValue[]>;
  /** Namespaces of the tenant that have flows. */
  namespaces?(): Promise<readonly string[]>;
  delete(namespace: string, key: string): Promise<boolean>;
}

export interface NamespaceFileService {
  /** Paths relative to the namespace's root, `/` separated, without a leading slash; filtered by globs. */
  list(namespace: string, globs?: readonly string[]): Promise<readonly string[]>;
  read(namespace: string, path: string): Promise<Readable>;
  put(namespace: string, path: string, content: Readable | Uint8Array | string): Promise<string>;
  delete(namespace: string, path: string): Promise<boolean>;
  /**
   * Deletes older versions of the files that match: those made before `before` (epoch milliseconds), and those beyond the newest
   * `keepAmount` of each file. Answers how many. Absent where only the current version is stored.
   */
  purgeVersions?(
    namespace: string,
    options: { globs?: readonly string[]; before?: number; keepAmount?: number },
  ): Promise<number>;
  /** Every namespace of the tenant that holds files. */
  namespaces?(): Promise<readonly string[]>;
}

export interface LogRecord {
  readonly time: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly taskId?: string;
  readonly taskRunId?: string;
  readonly attempt?: number;
  readonly value?: string;
}

export interface FlowSource {
  readonly namespace: string;
  readonly id: string;
  readonly revision: number;
  /** The YAML as its author wrote it. */
  readonly source: string;
}

export interface SavedFlowSource extends Omit<FlowSource, "source"> {
  readonly change: "CREATED" | "UPDATED" | "UNCHANGED";
}

/** Flows of the tenant as sources. */
export interface FlowServices {
  /** Those of a namespace, with `children` also of those below it, sorted by namespace and id. */
  list(namespace: string, options?: { children?: boolean }): Promise<readonly FlowSource[]>;
  /** Checks and stores one; with `dryRun` it only tells what would come of it. Throws `TaskFailure` with each mistake and its place. */
  save(source: string, options?: { dryRun?: boolean }): Promise<SavedFlowSource>;
  /** Answers whether there was one. */
  delete(namespace: string, id: string): Promise<boolean>;
}

/** What is told of one task run; loops and other flowables are told of by the tasks in them. */
export interface TaskRunSummary {
  readonly taskId: string;
  /** Of the loop around it. */
  readonly value?: string;
  readonly state: string;
  /** Why it failed, in one line. */
  readonly error?: string;
}

/** What is told of an execution, for people. */
export interface ExecutionSummary {
  readonly executionId: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly flowRevision: number;
  readonly state: string;
  /** Epoch milliseconds. */
  readonly startDate: number;
  /** Absent as long as it runs. */
  readonly endDate?: number;
  /** Why it failed, in one line. */
  readonly error?: string;
  /** Where people see it; absent where the server does not know its own address. */
  readonly url?: string;
  /** The first task run that failed. */
  readonly firstFailed?: TaskRunSummary;
  /** The task run that ended last. */
  readonly lastTask?: TaskRunSummary;
}

export interface ExecutionServices {
  /** Tells of an execution of the tenant. Throws `TaskFailure` when there is none of this id. */
  describe(executionId: string): Promise<ExecutionSummary>;
  resume(executionId: string, inputs?: JsonMap): Promise<void>;
  count(filter: {
    flows?: readonly { namespace: string; flowId: string }[];
    namespaces?: readonly string[];
    states?: readonly string[];
    startDate?: number;
    endDate?: number;
  }): Promise<readonly { namespace: string; flowId: string; count: number }[]>;
  logs(filter: {
    executionId: string;
    taskIds?: readonly string[];
    minimumLevel?: LogLevel;
  }): Promise<readonly LogRecord[]>;
  purge(options: {
    namespace?: string;
    flowId?: string;
    startDate?: number;
    endDate: number;
    states?: readonly string[];
    executions: boolean;
    logs: boolean;
    metrics: boolean;
    storage: boolean;
    /** How many go in one commit at most. */
    batchSize?: number;
  }): Promise<{ executions: number; logs: number; metrics: number; storages: number }>;
  purgeLogs(options: {
    namespace?: string;
    flowId?: string;
    executionId?: string;
    levels?: readonly LogLevel[];
    startDate?: number;
    endDate: number;
  }): Promise<number>;
  /**
   * Flow outputs of the executions that a task run created and waited for, in the order of their batches; those without
   * outputs are left out. `value` names the loop value of the task run, inside a loop.
   */
  childOutputs(executionId: string, taskId: string, value?: string): Promise<readonly JsonMap[]>;
  setTriggerDisabled(namespace: string, flowId: string, triggerId: string, disabled: boolean): Promise<void>;
}
