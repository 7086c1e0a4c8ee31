import { describeType, type JsonValue, type TypeDefinition, type WrittenType } from "@capstan/model";
import type { z } from "zod";
import type { InlineContext, PollingContext, RealtimeContext, TaskContext } from "./context.ts";
import type { RunnerContext, RunnerResult, TaskCommand } from "./task-runner.ts";

export type Outputs = Record<string, unknown>;

/** How an attempt ended, for tasks that choose more than their outputs. */
export interface TaskResult {
  readonly state?: "SUCCESS" | "WARNING" | "FAILED";
  readonly outputs?: Outputs | undefined;
  /** Shown as the reason when `state` is FAILED. */
  readonly message?: string;
}

interface TaskShape<Properties extends z.ZodObject> extends Omit<WrittenType, "element" | "properties"> {
  readonly properties: () => Properties;
}

/** A task that the worker runs; it may wait and do input and output. */
export interface WorkerTask<Properties extends z.ZodObject = z.ZodObject> extends TaskShape<Properties> {
  /** Throws to fail (a `TaskFailure` keeps outputs); resolves to outputs or to a `TaskResult` made by `result()`. */
  run(context: TaskContext<z.output<Properties>>): Promise<Outputs | ResultOf | void>;
}

/** A task that touches nothing outside the engine: it runs within the engine's turn, and must not wait or block. */
export interface InlineTask<Properties extends z.ZodObject = z.ZodObject> extends TaskShape<Properties> {
  runInline(context: InlineContext<z.output<Properties>>): Outputs | ResultOf | void;
}

const resultMark = Symbol("task result");
export interface ResultOf extends TaskResult {
  readonly [resultMark]: true;
}
/** Ends an attempt in a chosen state. */
export function result(value: TaskResult): ResultOf {
  return { ...value, [resultMark]: true };
}
export function isResult(value: unknown): value is ResultOf {
  return typeof value === "object" && value !== null && resultMark in value;
}

export interface TaskDefinition extends TypeDefinition {
  readonly element: "task";
  readonly run?: (context: TaskContext<never>) => Promise<Outputs | ResultOf | void>;
  readonly runInline?: (context: InlineContext<never>) => Outputs | ResultOf | void;
}

export function defineTask<Properties extends z.ZodObject>(
  task: WorkerTask<Properties> | InlineTask<Properties>,
): TaskDefinition {
  return describeType({ ...task, element: "task" });
}

/** What a trigger hands over to start one execution: the `trigger` variables. */
export interface TriggerEvent {
  readonly variables: Record<string, unknown>;
  /** How far the trigger got with this event: durable with the execution, and given back as `context.position`. */
  readonly position?: JsonValue;
}

/** How far a polling trigger got, without an event. */
export interface TriggerProgress {
  readonly variables?: undefined;
  /** Given back as `context.position`. */
  readonly position: JsonValue;
}

export interface TriggerDefinition extends TypeDefinition {
  readonly element: "trigger";
  /** Polling: called at every `interval`; answers an event to start one execution, how far it got without one, or nothing. */
  readonly poll?: (context: PollingContext<never>) => Promise<TriggerEvent | TriggerProgress | undefined>;
  /** Realtime: runs until `context.signal` aborts, calling `context.emit` for each event. */
  readonly listen?: (context: RealtimeContext<never>) => Promise<void>;
}

export function defineTrigger<Properties extends z.ZodObject>(
  trigger: Omit<WrittenType, "element" | "properties"> & { readonly properties: () => Properties } & (
      | { poll(context: PollingContext<z.output<Properties>>): Promise<TriggerEvent | TriggerProgress | undefined> }
      | { listen(context: RealtimeContext<z.output<Properties>>): Promise<void> }
    ),
): TriggerDefinition {
  return describeType({ ...trigger, element: "trigger" });
}

export interface TaskRunnerDefinition extends TypeDefinition {
  readonly element: "taskRunner";
  readonly runCommand: (context: RunnerContext<never>, command: TaskCommand) => Promise<RunnerResult>;
}

export function defineTaskRunner<Properties extends z.ZodObject>(
  runner: Omit<WrittenType, "element" | "properties"> & {
    readonly properties: () => Properties;
    runCommand(context: RunnerContext<z.output<Properties>>, command: TaskCommand): Promise<RunnerResult>;
  },
): TaskRunnerDefinition {
  return describeType({ ...runner, element: "taskRunner" });
}

/** A plugin folder's manifest; cheap to import. */
export interface Plugin {
  readonly name: string;
  readonly title: string;
  readonly category: string;
  readonly definitions: readonly (TaskDefinition | TriggerDefinition | TaskRunnerDefinition | TypeDefinition)[];
  /** What its types have proved themselves with; the most special entry counts for a type. */
  readonly testedWith?: readonly Proof[];
}

/** What the tests of some types work with. */
export interface Proof {
  /** How the names of these types begin, such as `io.kestra.plugin.aws.s3`. */
  readonly types: string;
  /** The very thing that users have, another one that speaks alike, or a part of the tests that stands for it. */
  readonly kind: "real" | "alike" | "stand-in";
  /** What it is, with what vouches for a stand-in. */
  readonly what: string;
}

export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}

/** Fails the attempt with a message for the user; outputs are kept and readable by `errors` tasks. */
export class TaskFailure extends Error {
  readonly outputs: Outputs | undefined;
  constructor(message: string, options?: ErrorOptions & { outputs?: Outputs }) {
    super(message, options);
    this.name = "TaskFailure";
    this.outputs = options?.outputs;
  }
}
