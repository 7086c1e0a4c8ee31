import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, createThreadWorker, type Runtime } from "@capstan/runtime";
import { createLocalStorage } from "@capstan/storage";
import { createSqliteStore } from "@capstan/store";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PLUGIN_MODULES, PLUGINS } from "./catalogue.ts";
import { corpusPlugin } from "./testing/corpus-plugin.ts";
import { ROOT } from "./testing/run-command.ts";

/** Flows that others wrote, with what is known of their executions. */
const CORPUS = process.env["CAPSTAN_CORPUS"] ?? join(ROOT, "../shared/corpus");
const VALIDS = join(CORPUS, "kestra/valids");

/** Flow, inputs (`@lines:n` is a stored file of n lines), final state, and number of task runs when it is known. */
type Row = readonly [flow: string, inputs: Record<string, unknown>, state: string, taskRuns?: number];

const ROWS: readonly Row[] = [
  ["full", {}, "SUCCESS", 13],
  ["sequential", {}, "SUCCESS", 11],
  ["sequential-with-global-errors", {}, "FAILED", 6],
  ["sequential-with-local-errors", {}, "FAILED", 6],
  ["errors", {}, "FAILED", 7],
  ["alias-trigger", {}, "SUCCESS", 1],
  ["disable-flowable", {}, "FAILED", 10],
  ["if", { if1: "true", if2: "false", if3: "true" }, "SUCCESS", 12],
  ["switch", { string: "FIRST" }, "SUCCESS"],
  ["switch", { string: "SECOND" }, "SUCCESS"],
  ["switch", { string: "THIRD" }, "FAILED", 4],
  ["switch", { string: "anything" }, "SUCCESS"],
  ["switch-impossible", { string: "impossible" }, "FAILED"],
  ["fail-on-switch", { param: "fail" }, "FAILED", 1],
  ["fail-on-condition", { param: "fail" }, "FAILED", 2],
  ["fail-on-condition", { param: "success" }, "SUCCESS", 3],
  ["each-sequential", {}, "WARNING", 11],
  ["each-parallel", {}, "SUCCESS", 8],
  ["each-parallel-nested", {}, "SUCCESS", 11],
  ["each-object-in-list", {}, "SUCCESS", 8],
  ["each-switch", {}, "SUCCESS", 12],
  ["test-current-output", {}, "SUCCESS"],
  ["foreach-concurrent", {}, "SUCCESS", 7],
  ["foreach-concurrent-no-limit", {}, "SUCCESS", 7],
  ["foreach-concurrent-parallel", {}, "SUCCESS", 10],
  ["waitfor", {}, "SUCCESS"],
  ["waitfor-max-duration", {}, "FAILED"],
  ["waitfor-multiple-tasks-failed", {}, "FAILED"],
  ["pause-delay", {}, "SUCCESS", 3],
  ["exception-with-output", {}, "FAILED", 1],
  ["null-output", {}, "SUCCESS", 1],
  ["workertask-result-too-large", {}, "FAILED", 1],
  ["failed-first", {}, "FAILED", 1],
  ["retry-success-first-attempt", {}, "SUCCESS", 1],
  ["retry-failed", {}, "FAILED", 2],
  ["retry-random", {}, "FAILED", 1],
  ["retry-expo", {}, "FAILED", 1],
  ["retry-and-fail", {}, "FAILED", 2],
  ["retry-failed-task-attempts", {}, "FAILED"],
  ["retry-failed-flow-attempts", {}, "FAILED"],
  ["retry-flowable-nested-child", {}, "FAILED"],
  ["task-allow-failure-runnable", {}, "WARNING", 2],
  ["task-allow-warning-runnable", {}, "SUCCESS", 2],
  ["task-allow-warning-executable-flow", {}, "SUCCESS", 2],
  ["task-runif", {}, "FAILED", 4],
  ["task-flow", { string: "OK" }, "SUCCESS", 1],
  ["task-flow", { string: "THIRD" }, "FAILED", 1],
  ["task-flow", { string: "FIRST" }, "FAILED", 1],
  ["task-flow-inherited-labels", { string: "OK" }, "SUCCESS", 1],
  ["sla-max-duration-fail", {}, "FAILED"],
  ["sla-max-duration-ok", {}, "SUCCESS"],
  ["sla-execution-condition", {}, "SUCCESS"],
  ["sla-execution-condition", { string: "CANCEL" }, "CANCELLED"],
  ["sla-execution-condition", { string: "LABEL" }, "SUCCESS"],
  ["output-values", {}, "SUCCESS", 1],
  ["get-log", {}, "SUCCESS", 4],
  ["get-log-taskid", {}, "SUCCESS", 4],
  ["working-directory", { failed: "false" }, "SUCCESS", 4],
  ["working-directory", { failed: "true" }, "FAILED", 3],
  ["working-directory-outputs", {}, "SUCCESS", 2],
  ["working-directory-inputs", {}, "SUCCESS", 2],
  ["working-directory-taskrun-nested", {}, "SUCCESS", 6],
  ["for-each-item", { file: "@lines:102", batch: "4" }, "SUCCESS", 4],
  ["for-each-item", { file: "@lines:0", batch: "4" }, "SUCCESS", 4],
  ["for-each-item-no-wait", { file: "@lines:102" }, "SUCCESS", 4],
  ["for-each-item-failed", { file: "@lines:102" }, "FAILED", 3],
  ["task-allow-warning-executable-foreachitem", { file: "@lines:10" }, "SUCCESS"],
  ["retry-new-execution-task-attempts", {}, "RETRIED"],
  ["retry-new-execution-flow-attempts", {}, "RETRIED"],
  ["retry-new-execution-flow-duration", {}, "RETRIED"],
];

/** Longest time that one of these flows may take. */
const END_MS_MAX = 25_000;

describe.skipIf(!existsSync(VALIDS))("flows that others wrote", () => {
  const data = mkdtempSync(join(tmpdir(), "capstan-corpus-"));
  const storage = { directory: join(data, "storage") };
  let runtime: Runtime;

  beforeAll(async () => {
    const plugins = [...PLUGINS, corpusPlugin];
    const module = import.meta.resolve("./testing/corpus-plugin.ts");
    runtime = createRuntime({
      store: createSqliteStore({ path: join(data, "capstan.db") }),
      storage: createLocalStorage(storage),
      plugins,
      createWorker: (host) =>
        createThreadWorker({
          plugins: [...PLUGIN_MODULES, module],
          storage: { module: import.meta.resolve("@capstan/storage"), factory: "createLocalStorage", options: storage },
          host,
          taskRunners: { docker: "process" },
        }),
      logger: pino({ level: "silent" }),
      environment: { SECRET_PASSWORD: Buffer.from("password").toString("base64") },
    });
    await runtime.start();
    for (const file of readdirSync(VALIDS)) {
      const source = readFileSync(join(VALIDS, file), "utf8");
      if (runtime.flows.check(source).flow !== undefined) await runtime.flows.save("main", source);
    }
  }, 60_000);

  afterAll(async () => {
    await runtime.stop({ graceMs: 100 });
    await rm(data, { recursive: true, force: true });
  });

  test.concurrent.for(ROWS)("%s with %j ends %s", async ([flowId, inputs, state, taskRuns]) => {
    const given = await withFiles(runtime, inputs);
    const created = await runtime.executions.create({
      tenant: "main",
      namespace: "io.kestra.tests",
      flowId,
      inputs: given,
    });
    const ended = await runtime.executions.ended("main", created.id, AbortSignal.timeout(END_MS_MAX));
    const found = ended ?? (await runtime.executions.get("main", created.id));
    const states = found?.taskRuns.map((run) => `${run.taskId}@${run.value ?? ""} ${run.state}`).join(", ");
    expect(found?.row.state, states).toBe(state);
    if (taskRuns !== undefined) expect(found?.taskRuns.length, states).toBe(taskRuns);
  });

  test("a paused flow goes on when it is resumed, with the inputs that it asks for", async () => {
    const resumed = async (flowId: string, inputs: Record<string, unknown>) => {
      const { id } = await runtime.executions.create({ tenant: "main", namespace: "io.kestra.tests", flowId });
      await reached(runtime, id, "PAUSED");
      await runtime.executions.resume("main", id, inputs);
      return runtime.executions.ended("main", id, AbortSignal.timeout(END_MS_MAX));
    };
    expect((await resumed("pause", {}))?.row.state).toBe("SUCCESS");
    const optional = await resumed("pause_on_resume_optional", {});
    expect(optional?.taskRuns.find(({ taskId }) => taskId === "last")?.outputs).toMatchObject({
      values: { asked: "MISSING" },
    });
    await expect(resumed("pause_on_resume", {})).rejects.toThrow(
      "Invalid input for `asked`, missing required input, but received `null`",
    );
  });

  test.each([
    ["flow-concurrency-cancel", "CANCELLED"],
    ["flow-concurrency-fail", "FAILED"],
    ["flow-concurrency-queue", "SUCCESS"],
  ])("the second execution of %s ends %s", async (flowId, state) => {
    const request = { tenant: "main", namespace: "io.kestra.tests", flowId };
    const first = await runtime.executions.create(request);
    const second = await runtime.executions.create(request);
    const signal = AbortSignal.timeout(END_MS_MAX);
    expect((await runtime.executions.ended("main", first.id, signal))?.row.state).toBe("SUCCESS");
    const ended = await runtime.executions.ended("main", second.id, signal);
    expect(ended?.row.state).toBe(state);
    if (state === "SUCCESS")
      expect(ended?.row.history.map((change) => change.state).slice(0, 3)).toEqual(["CREATED", "QUEUED", "RUNNING"]);
  });
});

async function withFiles(runtime: Runtime, inputs: Record<string, unknown>): Promise<Record<string, unknown>> {
  const given: Record<string, unknown> = {};
  for (const [id, value] of Object.entries(inputs)) {
    const lines = typeof value === "string" && value.startsWith("@lines:") ? Number(value.slice(7)) : undefined;
    const content = Array.from({ length: lines ?? 0 }, (_, line) => `line ${line}\n`).join("");
    given[id] = lines === undefined ? value : await runtime.storage.put("main", `/inputs/${lines}.txt`, content);
  }
  return given;
}

async function reached(runtime: Runtime, id: string, state: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const following = runtime.executions.follow("main", id, ({ row }) => {
      if (row.state !== state) return;
      following.stop();
      resolve();
    });
  });
}
