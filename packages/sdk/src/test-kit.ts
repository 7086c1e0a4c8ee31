import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonMap, JsonValue, LogLevel, Task, TypeDefinition } from "@capstan/model";
import type { z } from "zod";
import type { InlineContext, Metric, Services, TaskContext, TaskIdentity, TaskLogger } from "./context.ts";
import type { PollingContext } from "./context.ts";
import { isResult, type Outputs, type TaskDefinition, TaskFailure, type TriggerDefinition } from "./definition.ts";
import type { TriggerEvent, TriggerProgress } from "./definition.ts";
import { createLocalFiles, type LocalFolders, NO_LOCAL_FOLDERS } from "./local-files.ts";
import { resolveProperties } from "./resolve-properties.ts";
import type { RunnerResult, TaskCommand } from "./task-runner.ts";
import { type Listening, startListening } from "./test-kit/listening.ts";
import { createMemoryExecutions, type MemoryExecutions } from "./test-kit/memory-executions.ts";
import { createMemoryFiles, type MemoryFiles } from "./test-kit/memory-files.ts";
import { createMemoryFlows, type MemoryFlows } from "./test-kit/memory-flows.ts";
import { createMemoryKeyValues } from "./test-kit/memory-key-values.ts";
import { createMemoryNamespaceFiles } from "./test-kit/memory-namespace-files.ts";
import { type TestRenderer, variablesRenderer } from "./test-kit/variables-renderer.ts";

export { cachedProgram, type CachedProgram, madeOnce } from "./test-kit/cached-program.ts";
export { freePort } from "./test-kit/free-port.ts";
export { type LocalServer, type Received, startServer } from "./test-kit/local-server.ts";
export type { Emitted, Listening } from "./test-kit/listening.ts";
export { mavenJars } from "./test-kit/maven-jars.ts";
export { packedFile } from "./test-kit/packed-file.ts";
export { pythonWith } from "./test-kit/python-environment.ts";
export { type RunnerAsked, type RunnerRun, runOnRunner, TEST_OWNER } from "./test-kit/runner-run.ts";
export { runProcess } from "./test-kit/real-process.ts";
export { type SilentServer, startSilentServer } from "./test-kit/silent-server.ts";
export { smallSystem } from "./test-kit/small-system.ts";
export { strictly } from "./test-kit/strict-schema.ts";
export { type Answer, type Route, startStrictServer, type StrictServer } from "./test-kit/strict-server.ts";
export { type Program, type StartedProgram, startProgram } from "./test-kit/started-program.ts";
export { type Credentials, startWholeServer, type WholeServer } from "./test-kit/whole-server.ts";
export type { MemoryExecution } from "./test-kit/memory-executions.ts";
export { matchingRenderer } from "./test-kit/matching-renderer.ts";
export { type TestRenderer, variablesRenderer } from "./test-kit/variables-renderer.ts";

export interface TestOptions {
  /** Values for expressions of the form `{{ a.b }}`. */
  readonly variables?: Record<string, unknown>;
  /** Replaces the renderer over `variables`. */
  readonly renderer?: TestRenderer;
  readonly identity?: Partial<TaskIdentity>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  readonly signal?: AbortSignal;
  /** What a trigger is given as its position. */
  readonly position?: JsonValue;
  /** Answers of `services.secret`, by key. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly encrypt?: (plainText: string) => Promise<JsonMap>;
  /** Folders of this machine that flows may use; by default none. */
  readonly localFolders?: LocalFolders;
  readonly runCommand?: (command: TaskCommand, runner?: { readonly type: string } & JsonMap) => Promise<RunnerResult>;
}

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
}

/** A world for one task: everything in memory, except for the temporary folder. */
export interface TestWorld extends AsyncDisposable {
  readonly identity: TaskIdentity;
  readonly logs: readonly LogLine[];
  readonly metrics: readonly Metric[];
  readonly masked: readonly string[];
  readonly files: MemoryFiles;
  readonly services: Services;
  readonly executions: MemoryExecutions;
  readonly flows: MemoryFlows;
  /** The temporary folder of the attempt; removed when the world is disposed of. */
  workingDirectory(): Promise<string>;
  /** Runs a task to its end; a failure is an outcome, not an exception. */
  run(definition: TaskDefinition, properties: JsonMap): Promise<TaskOutcome>;
  /** One evaluation of a polling trigger. */
  poll(definition: TriggerDefinition, properties: JsonMap): Promise<TriggerEvent | TriggerProgress | undefined>;
  /** Lets a realtime trigger listen; the test says which of its events become durable. */
  listen(definition: TriggerDefinition, properties: JsonMap): Listening;
  /** The context that `run` passes; throws when the properties don't resolve. */
  context<Properties>(definition: TypeDefinition, properties: JsonMap): TaskContext<Properties>;
}

export interface TaskOutcome {
  readonly state: "SUCCESS" | "WARNING" | "FAILED";
  /** As they would be stored: absent keys are left out. */
  readonly outputs: Outputs | undefined;
  readonly message: string | undefined;
}

const IDENTITY: TaskIdentity = {
  tenant: "main",
  namespace: "company.team",
  flowId: "my-flow",
  flowRevision: 1,
  executionId: "execution1",
  taskId: "task",
  taskRunId: "taskrun1",
  idempotencyKey: "taskrun1",
  attemptKey: "taskrun1-1",
  attempt: 1,
};

/** A context for one call of a task's `run`, and the world that it lives in. */
export function createTaskContext<Definition extends TypeDefinition>(
  definition: Definition,
  properties: JsonMap,
  options: TestOptions = {},
): { readonly context: TaskContext<z.output<Definition["properties"]>>; readonly world: TestWorld } {
  const world = createTestWorld(options);
  return { context: world.context(definition, properties), world };
}

/** A fresh world; `await using world = createTestWorld()` removes its temporary folder. */
export function createTestWorld(options: TestOptions = {}): TestWorld {
  const identity = { ...IDENTITY, ...options.identity };
  const now = options.now ?? Date.now;
  const renderer = options.renderer ?? variablesRenderer(options.variables ?? {});
  const logs: LogLine[] = [];
  const metrics: Metric[] = [];
  const masked: string[] = [];
  const files = createMemoryFiles(`${identity.flowId}/executions/${identity.executionId}/tasks/${identity.taskId}`);
  const executions = createMemoryExecutions();
  const flows = createMemoryFlows();
  const services = servicesOf(options, { executions, flows }, now);
  const folder = temporaryFolder();
  const parts = {
    identity,
    log: loggerInto(logs),
    now,
    signal: options.signal ?? new AbortController().signal,
    files,
    localFiles: createLocalFiles(options.localFolders ?? NO_LOCAL_FOLDERS),
    services,
    render: async (source: string, extra?: Record<string, unknown>) => renderer.render(source, extra),
    evaluate: async (value: unknown, extra?: Record<string, unknown>) => renderer.evaluate(value, extra),
    metric: (metric: Metric) => void metrics.push(metric),
    mask: (value: string) => void masked.push(value),
    workingDirectory: folder.path,
  };
  const runCommand = commandsOf(options, { ...parts, identity });
  const resolved = (definition: TypeDefinition, raw: JsonMap): { properties: never } => {
    const result = resolveProperties(definition.properties, raw, renderer);
    if ("error" in result) throw new TaskFailure(result.error);
    return result as { properties: never };
  };
  const triggerContext = (definition: TypeDefinition, raw: JsonMap): PollingContext<never> => {
    const { tenant, namespace, flowId } = identity;
    const place = { tenant, namespace, flowId, triggerId: "trigger", position: options.position };
    return { ...parts, runCommand, ...resolved(definition, raw), ...place };
  };
  const world: TestWorld = {
    identity,
    logs,
    metrics,
    masked,
    files,
    services,
    executions,
    flows,
    workingDirectory: folder.path,
    context: (definition, raw) => ({
      ...parts,
      runCommand,
      ...resolved(definition, raw),
      task: taskOf(identity.taskId, definition, raw),
    }),
    run: (definition, raw) => outcomeOf(() => attempt(definition, world.context(definition, raw))),
    async poll(definition, raw) {
      if (definition.poll === undefined) throw new TypeError(`${definition.type} is no polling trigger`);
      return definition.poll(triggerContext(definition, raw));
    },
    listen: (definition, raw) => startListening(definition, triggerContext(definition, raw)),
    [Symbol.asyncDispose]: folder.remove,
  };
  return world;
}

/** The runners that tasks bring along run as they are; all others are the test's. */
function commandsOf(
  { runCommand }: TestOptions,
  { log, signal, identity }: Pick<TaskContext<unknown>, "log" | "signal" | "identity">,
): TaskContext<unknown>["runCommand"] {
  return async (command, runner) => {
    if (typeof runner === "function") {
      const { attemptKey: key, tenant, namespace, flowId, executionId, taskId, taskRunId, attempt } = identity;
      const owner = { key, tenant, namespace, flowId, executionId, taskId, taskRunId, attempt };
      return runner({ log, signal, owner, pressure: () => undefined }, command);
    }
    if (runCommand === undefined) throw new TaskFailure("This test has no task runner: pass `runCommand`.");
    return runCommand(command, runner);
  };
}

function servicesOf(
  { secrets, encrypt }: TestOptions,
  stored: Pick<TestWorld, "executions" | "flows">,
  now: () => number,
): Services {
  return {
    keyValues: createMemoryKeyValues(now),
    namespaceFiles: createMemoryNamespaceFiles(),
    ...stored,
    async secret(_namespace, key) {
      const value = secrets?.[key];
      if (value === undefined) throw new TaskFailure(`Cannot find secret for key '${key}'.`);
      return value;
    },
    ...(encrypt === undefined ? {} : { encrypt }),
  };
}

async function attempt(definition: TaskDefinition, context: TaskContext<never>) {
  if (definition.runInline !== undefined) return definition.runInline(context satisfies InlineContext<never>);
  if (definition.run === undefined) throw new TypeError(`${definition.type} has no way to run`);
  return definition.run(context);
}

async function outcomeOf(run: () => Promise<unknown>): Promise<TaskOutcome> {
  try {
    const ended = await run();
    if (isResult(ended))
      return { state: ended.state ?? "SUCCESS", outputs: stored(ended.outputs), message: ended.message };
    return { state: "SUCCESS", outputs: stored(ended), message: undefined };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return {
      state: "FAILED",
      outputs: error instanceof TaskFailure ? stored(error.outputs) : undefined,
      message: error.message,
    };
  }
}

function stored(outputs: unknown): Outputs | undefined {
  return outputs === undefined ? undefined : (JSON.parse(JSON.stringify(outputs)) as Outputs);
}

function loggerInto(logs: LogLine[]): TaskLogger {
  const at = (level: LogLevel) => (message: string) => void logs.push({ level, message });
  return { trace: at("TRACE"), debug: at("DEBUG"), info: at("INFO"), warn: at("WARN"), error: at("ERROR") };
}

function temporaryFolder() {
  let made: Promise<string> | undefined;
  return {
    path: () => (made ??= mkdtemp(join(tmpdir(), "capstan-test-"))),
    remove: async () => {
      if (made !== undefined) await rm(await made, { recursive: true, force: true });
    },
  };
}

function taskOf(id: string, { type }: TypeDefinition, properties: JsonMap): Task {
  return {
    id,
    type,
    writtenType: type,
    kind: "runnable",
    known: true,
    disabled: false,
    allowFailure: false,
    allowWarning: false,
    logToFile: false,
    properties,
    lists: {},
  };
}
