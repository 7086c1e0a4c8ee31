import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, createThreadWorker, type CreateExecution, type ExecutionWithRuns } from "@capstan/runtime";
import { createLocalStorage } from "@capstan/storage";
import { createSqliteStore } from "@capstan/store";
import { pino } from "pino";
import { afterAll, beforeAll, expect } from "vitest";
import { PLUGIN_MODULES, PLUGINS } from "../catalogue.ts";
import { corpusPlugin } from "./corpus-plugin.ts";

/** Flows that others wrote, with what is known of their executions. */
const CORPUS = process.env["CAPSTAN_CORPUS"] ?? "";
const VALIDS = join(CORPUS, "kestra/valids");

/** Longest time that one of these flows may take, in milliseconds: within the limit of a test, so that its state is told. */
const END_MS_MAX = 100_000;

/** Suites that need the corpus are skipped where it is not. */
export const hasCorpus = existsSync(VALIDS);

export type TaskRun = ExecutionWithRuns["taskRuns"][number];

/** What a row of the expectations says. `@lines:n` as an input stands for a stored file of n lines. */
export interface Expected {
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly state: string;
  readonly taskRuns?: number;
  /** What else is known: outputs, attempts, … */
  readonly facts?: (ended: ExecutionWithRuns, world: FlowWorld) => Promise<void> | void;
}
export type Row = readonly [flow: string, expected: Expected];

export interface FlowWorld {
  readonly runtime: ReturnType<typeof createRuntime>;
  readonly start: (flowId: string, request?: Partial<CreateExecution>) => Promise<string>;
  /** Resolves once nothing happens to it any more. */
  readonly ended: (id: string) => Promise<ExecutionWithRuns>;
  readonly reached: (id: string, state: string) => Promise<ExecutionWithRuns>;
  /** Starts a flow and checks how it ends. */
  readonly meets: (flowId: string, expected: Expected) => Promise<ExecutionWithRuns>;
  /** Executions of a flow, oldest first, once there are so many. */
  readonly executionsOf: (flowId: string, count: number, namespace?: string) => Promise<readonly ExecutionWithRuns[]>;
  readonly logs: (id: string) => Promise<readonly string[]>;
  readonly text: (uri: unknown) => Promise<string>;
}

export interface WorldOptions {
  readonly encryptionKey?: string;
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A whole Capstan with the flows of the corpus, for the tests of one suite. */
export function corpusWorld(options: WorldOptions = {}): () => FlowWorld {
  return flowWorld(options, () => readdirSync(VALIDS).map((file) => readFileSync(join(VALIDS, file), "utf8")));
}

/** A whole Capstan with these flows; those that are not valid are left out. */
export function flowWorld(options: WorldOptions, sources: () => readonly string[]): () => FlowWorld {
  let data: string;
  let world: FlowWorld;
  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), "capstan-flows-"));
    const runtime = runtimeOver(data, options);
    await runtime.start();
    for (const source of sources()) {
      if (runtime.flows.check(source).flow !== undefined) await runtime.flows.save("main", source);
    }
    world = worldOver(runtime);
  });
  afterAll(async () => {
    await world.runtime.stop({ graceMs: 100 });
    await rm(data, { recursive: true, force: true });
  });
  return () => world;
}

/** The only task run, or the last one, of a task (`id`, or `id@value`). */
export function runOf({ taskRuns }: ExecutionWithRuns, name: string): TaskRun {
  const [taskId, value] = name.split("@");
  const run = taskRuns.findLast((each) => each.taskId === taskId && (value === undefined || each.value === value));
  if (run === undefined) throw new Error(`no task run ${name} in ${shown(taskRuns)}`);
  return run;
}

export function historyOf({ history }: { readonly history: readonly { readonly state: string }[] }): readonly string[] {
  return history.map(({ state }) => state);
}

function runtimeOver(data: string, { encryptionKey, secrets = {} }: WorldOptions) {
  const storage = { directory: join(data, "storage") };
  const encoded = Object.entries(secrets).map(([name, value]) => [
    `SECRET_${name}`,
    Buffer.from(value).toString("base64"),
  ]);
  return createRuntime({
    store: createSqliteStore({ path: join(data, "capstan.db") }),
    storage: createLocalStorage(storage),
    plugins: [...PLUGINS, corpusPlugin],
    createWorker: (host) =>
      createThreadWorker({
        plugins: [...PLUGIN_MODULES, import.meta.resolve("./corpus-plugin.ts")],
        storage: { module: import.meta.resolve("@capstan/storage"), factory: "createLocalStorage", options: storage },
        host,
        taskRunners: { docker: "process", default: "process" },
      }),
    logger: pino({ level: "silent" }),
    publicUrl: "https://flows.example",
    environment: Object.fromEntries(encoded) as Record<string, string>,
    ...(encryptionKey === undefined ? {} : { encryptionKey }),
  });
}

function worldOver(runtime: FlowWorld["runtime"]): FlowWorld {
  const { executions, store, storage } = runtime;
  const found = async (id: string) => {
    const execution = await executions.get("main", id);
    if (execution === undefined) throw new Error(`there is no execution ${id}`);
    return execution;
  };
  const world: FlowWorld = {
    runtime,
    start: async (flowId, request = {}) => {
      const inputs = await withFiles(runtime, request.inputs ?? {});
      const created = await executions.create({
        tenant: "main",
        namespace: "io.kestra.tests",
        flowId,
        ...request,
        inputs,
      });
      return created.id;
    },
    ended: async (id) => (await executions.ended("main", id, AbortSignal.timeout(END_MS_MAX))) ?? (await found(id)),
    reached: (id, state) =>
      new Promise((resolve) => {
        const following = executions.follow("main", id, (event) => {
          if (event.row.state !== state) return;
          following.stop();
          resolve(event);
        });
      }),
    meets: async (flowId, { inputs = {}, state, taskRuns, facts }) => {
      const ended = await world.ended(await world.start(flowId, { inputs }));
      expect(ended.row.state, shown(ended.taskRuns)).toBe(state);
      if (taskRuns !== undefined) expect(ended.taskRuns.length, shown(ended.taskRuns)).toBe(taskRuns);
      await facts?.(ended, world);
      return ended;
    },
    executionsOf: async (flowId, count, namespace = "io.kestra.tests") => {
      const search = () => store.executions.search({ tenant: "main", namespace, flowId }, { offset: 0, limit: 100 });
      let { rows } = await search();
      for (const until = Date.now() + END_MS_MAX; rows.length < count && Date.now() < until;) {
        await new Promise((resolve) => setImmediate(resolve));
        ({ rows } = await search());
      }
      const ids = rows.toSorted((one, other) => one.createdAt - other.createdAt).map(({ id }) => id);
      return Promise.all(ids.map((id) => world.ended(id)));
    },
    logs: async (executionId) => {
      const { rows } = await store.logs.search({ tenant: "main", executionId }, { offset: 0, limit: 1000 });
      return rows.map(({ level, message }) => `${level} ${message}`);
    },
    text: async (uri) => {
      const chunks = await (await storage.read("main", String(uri))).toArray();
      return Buffer.concat(chunks as Uint8Array[]).toString("utf8");
    },
  };
  return world;
}

async function withFiles(runtime: FlowWorld["runtime"], inputs: Readonly<Record<string, unknown>>) {
  const given: Record<string, unknown> = {};
  for (const [id, value] of Object.entries(inputs)) {
    const lines = typeof value === "string" && value.startsWith("@lines:") ? Number(value.slice(7)) : undefined;
    const content = Array.from({ length: lines ?? 0 }, (_, line) => `line ${line}\n`).join("");
    given[id] = lines === undefined ? value : await runtime.storage.put("main", `/inputs/${lines}.txt`, content);
  }
  return given;
}

function shown(taskRuns: readonly TaskRun[]): string {
  return taskRuns.map((run) => `${run.taskId}@${run.value ?? ""} ${run.state}`).join(", ");
}
