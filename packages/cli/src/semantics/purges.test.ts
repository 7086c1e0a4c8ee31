import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, createThreadWorker } from "@capstan/runtime";
import { createLocalStorage, executionFolder } from "@capstan/storage";
import { createSqliteStore, leastIdAt, type Store } from "@capstan/store";
import { createPostgresStore } from "@capstan/store/postgres";
import { type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { PLUGIN_MODULES, PLUGINS } from "../catalogue.ts";

const DAY_MS = 86_400_000;
const TENANT = "main";

const FLOWS = [
  `id: report
namespace: company.team
tasks:
  - { id: say, type: io.kestra.plugin.core.log.Log, message: [one, two] }
  - { id: keep, type: io.kestra.plugin.core.storage.Write, content: kept }`,
  `id: asks
namespace: company.team
tasks: [{ id: wait, type: io.kestra.plugin.core.flow.Pause }]`,
  `id: purge
namespace: system
inputs:
  - { id: end, type: STRING }
  - { id: more, type: JSON, defaults: "{}" }
tasks:
  - id: purge
    type: io.kestra.plugin.core.execution.PurgeExecutions
    namespace: company
    endDate: "{{ inputs.end }}"
    purgeExecution: "{{ inputs.more.executions ?? true }}"
    purgeStorage: "{{ inputs.more.storage ?? true }}"`,
  `id: purge-all
namespace: system
inputs: [{ id: end, type: STRING }]
tasks:
  - { id: purge, type: io.kestra.plugin.core.execution.PurgeExecutions, endDate: "{{ inputs.end }}" }`,
  `id: purge-logs
namespace: system
inputs: [{ id: end, type: STRING }]
tasks:
  - id: purge
    type: io.kestra.plugin.core.log.PurgeLogs
    namespace: company
    endDate: "{{ inputs.end }}"`,
];

let cluster: PostgresCluster;
let schemas = 0;

beforeAll(async () => {
  cluster = await startPostgresCluster();
});
afterAll(() => cluster.dispose());

/** Its first partitions are those of five days ago. */
function postgresStore(): Store {
  const schema = `test_${(schemas += 1)}`;
  let behindMs = 5 * DAY_MS;
  const clock = { now: () => Date.now() - behindMs, setTimer: () => () => undefined };
  const store = createPostgresStore({ url: cluster.url, schema, clock });
  return {
    ...store,
    start: async () => {
      await store.start();
      behindMs = 0;
    },
  };
}

/** A whole instance with the flows over such a store. */
async function setup(kind: string) {
  const data = await mkdtemp(join(tmpdir(), "capstan-purge-"));
  const files = { directory: join(data, "storage") };
  const store = kind === "SQLite" ? createSqliteStore({ path: join(data, "capstan.db") }) : postgresStore();
  const storage = createLocalStorage(files);
  const runtime = createRuntime({
    store,
    storage,
    plugins: PLUGINS,
    createWorker: (host) =>
      createThreadWorker({
        host,
        plugins: PLUGIN_MODULES,
        storage: { module: import.meta.resolve("@capstan/storage"), factory: "createLocalStorage", options: files },
        taskRunners: { docker: "process", default: "process" },
      }),
    logger: pino({ level: "silent" }),
  });
  await runtime.start();
  onTestFinished(async () => {
    await runtime.stop({ graceMs: 100 });
    await rm(data, { recursive: true, force: true });
  });
  for (const source of FLOWS) await runtime.flows.save(TENANT, source);
  const start = async (flowId: string, inputs = {}, namespace = "company.team") =>
    (await runtime.executions.create({ tenant: TENANT, namespace, flowId, inputs })).id;
  const run = async (flowId: string, inputs = {}, namespace = "company.team") => {
    const ended = await runtime.executions.ended(TENANT, await start(flowId, inputs, namespace));
    expect(ended?.row.state).toBe("SUCCESS");
    return { id: ended!.row.id, outputs: ended!.taskRuns[0]!.outputs };
  };
  const purge = async (flowId: string, inputs: object) =>
    (await run(flowId, { end: new Date(Date.now() + 1_000).toISOString(), ...inputs }, "system")).outputs;
  const hasFiles = async (executionId: string) =>
    (await storage.stat(TENANT, executionFolder({ namespace: "company.team", flowId: "report", executionId }))) !==
    undefined;
  return { runtime, store, storage, start, run, purge, hasFiles };
}

describe.each(["SQLite", "PostgreSQL"])("on %s", (kind) => {
  test("PurgeExecutions removes what has ended and says how much of it there was", async () => {
    const { runtime, start, run, purge, hasFiles } = await setup(kind);
    const reports = [await run("report"), await run("report")];
    const waiting = await start("asks");
    const counts = { executionsCount: 2, logsCount: 4, storagesCount: 2, metricsCount: 0 };
    expect(await purge("purge", {})).toEqual(counts);
    for (const { id } of reports) expect(await runtime.executions.get(TENANT, id)).toBeUndefined();
    expect(await Promise.all(reports.map(({ id }) => hasFiles(id)))).toEqual([false, false]);
    expect((await runtime.executions.get(TENANT, waiting))?.row.state).not.toBe("SUCCESS");
    await runtime.executions.kill(TENANT, waiting);
  });

  test("PurgeExecutions removes lines and leaves executions and files where it is told to", async () => {
    const { runtime, run, purge, hasFiles } = await setup(kind);
    const { id } = await run("report");
    const more = { executions: false, storage: false };
    expect(await purge("purge", { more })).toMatchObject({ executionsCount: 0, logsCount: 2, storagesCount: 0 });
    expect((await runtime.executions.get(TENANT, id))?.taskRuns.length).toBe(2);
    expect(await hasFiles(id)).toBe(true);
    expect(await purge("purge", {})).toMatchObject({ executionsCount: 1, logsCount: 0, storagesCount: 1 });
  });

  test("PurgeLogs counts the lines that it removes", async () => {
    const { run, purge } = await setup(kind);
    await run("report");
    await run("report");
    expect(await purge("purge-logs", {})).toEqual({ count: 4 });
    expect(await purge("purge-logs", {})).toEqual({ count: 0 });
  });

  test("a day of which all has ended goes whole, with its files, while executions run", async () => {
    const { runtime, store, storage, start, run, purge } = await setup(kind);
    const { id: template } = await run("report");
    const whole = (await runtime.executions.get(TENANT, template))!.row;
    const day = Math.floor(Date.now() / DAY_MS - 5) * DAY_MS;
    const old = Array.from({ length: 300 }, (_, number) => `${leastIdAt(day + 1_000 * number)}${"0".repeat(13)}`);
    const history = [{ state: "SUCCESS", date: day + 5_000 }] as const;
    await store.commit({ executions: old.map((id) => ({ ...whole, id, originalId: id, history })) });
    const folder = executionFolder({ namespace: "company.team", flowId: "report", executionId: old[7]! });
    await storage.put(TENANT, `${folder}/tasks/keep/file.txt`, "x");
    const waiting = await start("asks");
    const end = new Date(day + 2 * DAY_MS).toISOString();
    const counts = { executionsCount: 300, logsCount: 0, storagesCount: 1, metricsCount: 0 };
    expect(await purge("purge-all", { end })).toEqual(counts);
    expect(await storage.stat(TENANT, folder)).toBeUndefined();
    expect(await runtime.executions.get(TENANT, old[0]!)).toBeUndefined();
    expect(await runtime.executions.get(TENANT, template)).toBeDefined();
    const spans = await store.expiry.spans();
    expect(spans.filter(({ least }) => least === leastIdAt(day))).toEqual([]);
    await runtime.executions.kill(TENANT, waiting);
  });
});
