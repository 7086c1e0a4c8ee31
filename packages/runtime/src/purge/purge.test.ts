import type { ExecutionRow } from "@capstan/engine";
import { createMemoryStorage, executionFolder } from "@capstan/storage";
import { type CommitUnit, createMemoryStore, leastIdAt, type MemoryStore, type Store } from "@capstan/store";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { createRuntime } from "../runtime.ts";
import { idleWorker } from "../worker/test-kit/idle-worker.ts";
import plugin from "../worker/test-kit/misbehaving-plugin.ts";

const DAY_MS = 86_400_000;
const D0 = Math.floor(Date.UTC(2026, 0, 1) / DAY_MS) * DAY_MS;
const ALL = { executions: true, logs: true, metrics: true, storage: true } as const;
const PURGE = { tenant: "main", expiry: [{ endBefore: D0 + 10 * DAY_MS }], ...ALL };

/** Made at a time, which its id says, and ended a second later. */
function ended(time: number, changes: Partial<ExecutionRow> = {}): ExecutionRow {
  const id = `${leastIdAt(time)}${"0".repeat(13)}`;
  return {
    tenant: "main",
    id,
    namespace: "company.team",
    flowId: "nightly",
    flowRevision: 1,
    state: "SUCCESS",
    history: [
      { state: "CREATED", date: time },
      { state: "SUCCESS", date: time + 1000 },
    ],
    kind: "NORMAL",
    labels: [],
    inputs: {},
    variables: {},
    originalId: id,
    attemptNumber: 1,
    createdAt: time,
    ...changes,
  };
}

interface World {
  readonly store?: MemoryStore;
  /** False: executions lie in no spans, as in SQLite. */
  readonly hasSpans?: boolean;
  /** Hears of each commit, and may refuse it. */
  readonly committing?: (unit: CommitUnit) => void;
}

async function setup({ store = createMemoryStore(), hasSpans = true, committing }: World = {}) {
  const storage = createMemoryStorage();
  const expiry = hasSpans ? store.expiry : { ...store.expiry, spans: async () => [] };
  const watched: Store = {
    ...store,
    expiry,
    commit: async (unit) => {
      committing?.(unit);
      return store.commit(unit);
    },
  };
  const runtime = createRuntime({
    store: watched,
    storage,
    plugins: [plugin],
    createWorker: () => idleWorker,
    logger: pino({ level: "silent" }),
  });
  await runtime.start();
  onTestFinished(() => runtime.stop());
  const fileOf = ({ namespace, flowId, id: executionId }: ExecutionRow): string =>
    `${executionFolder({ namespace, flowId, executionId })}/tasks/t/file.txt`;
  /** With its task runs, two lines, a metric and a file. */
  const commit = async (row: ExecutionRow, taskRuns = 1): Promise<void> => {
    const { tenant, id: executionId, namespace, flowId } = row;
    const of = { tenant, executionId, namespace, flowId };
    const line = { time: D0, level: "INFO", message: "x" } as const;
    const run = { taskId: "t", state: "SUCCESS", history: [], attempts: [] } as const;
    const metric = {
      name: "rows",
      type: "counter",
      value: 1,
      tags: {},
      time: D0,
      taskId: "t",
      taskRunId: "r",
    } as const;
    await store.commit({
      executions: [row],
      taskRuns: Array.from({ length: taskRuns }, (_, index) => ({
        tenant,
        executionId,
        row: { ...run, index, id: String(index) },
      })),
      logs: [{ ...of, lines: [line, line] }],
      metrics: [{ ...of, ...metric }],
    });
    await storage.put(tenant, fileOf(row), "x");
  };
  const left = async () => {
    const { rows } = await store.executions.search({ tenant: "main" }, { offset: 0, limit: 1000 });
    return rows.map(({ id }) => id).toSorted();
  };
  const hasFile = async (row: ExecutionRow) => (await storage.stat(row.tenant, fileOf(row))) !== undefined;
  return { store, storage, runtime, commit, left, hasFile };
}

test.each([true, false])("what has expired goes with all that belongs to it (spans: %s)", async (hasSpans) => {
  const { runtime, commit, left, hasFile, store } = await setup({ hasSpans });
  const rows = [ended(D0), ended(D0 + 1), ended(D0 + DAY_MS), ended(D0 + 20 * DAY_MS)];
  for (const row of rows) await commit(row);
  expect(await runtime.executions.purge(PURGE)).toEqual({ executions: 3, logLines: 6, metrics: 3, files: 3 });
  expect(await left()).toEqual([rows[3]!.id]);
  expect(await Promise.all(rows.map(hasFile))).toEqual([false, false, false, true]);
  expect((await store.logs.search({ tenant: "main" }, { offset: 0, limit: 0 })).total).toBe(2);
  expect(await store.documents.list("main", "removed-files")).toEqual([]);
  expect(await runtime.executions.purge(PURGE)).toEqual({ executions: 0, logLines: 0, metrics: 0, files: 0 });
});

test("an execution that lives stays, and what has expired beside it goes", async () => {
  const { runtime, commit, left } = await setup();
  const rows = [ended(D0), ended(D0 + 1, { state: "PAUSED" }), ended(D0 + 2)];
  for (const row of rows) await commit(row);
  expect(await runtime.executions.purge(PURGE)).toMatchObject({ executions: 2 });
  expect(await left()).toEqual([rows[1]!.id]);
});

test("spans go by an expiry of their own", async () => {
  const { runtime, commit, left } = await setup();
  const rows = [ended(D0), ended(D0 + DAY_MS), ended(D0 + DAY_MS + 5, { state: "RUNNING" })];
  for (const row of rows) await commit(row);
  const purged = await runtime.executions.purge({ ...PURGE, expiry: [], spanExpiry: PURGE.expiry });
  expect(purged.executions).toBe(1);
  expect(await left()).toEqual([rows[1]!.id, rows[2]!.id]);
});

test("only what is asked for goes: logs and files without their executions", async () => {
  const { runtime, commit, left, hasFile } = await setup();
  const row = ended(D0);
  await commit(row);
  const purged = await runtime.executions.purge({ ...PURGE, executions: false, metrics: false });
  expect(purged).toEqual({ executions: 0, logLines: 2, metrics: 0, files: 1 });
  expect(await left()).toEqual([row.id]);
  expect(await hasFile(row)).toBe(false);
  expect(await runtime.executions.purge({ ...PURGE, storage: false })).toMatchObject({ executions: 1, metrics: 1 });
});

test("no commit removes more than a thousand rows or more executions than are asked for", async () => {
  const sizes: number[] = [];
  const { runtime, commit, left } = await setup({
    hasSpans: false,
    committing: ({ removedExecutions, removedTaskRuns }) => {
      if (removedExecutions !== undefined) sizes.push(removedExecutions.length);
      if (removedTaskRuns !== undefined) sizes.push(removedTaskRuns.length);
    },
  });
  for (let number = 0; number < 5; number += 1) await commit(ended(D0 + number), 300);
  await commit(ended(D0 + 9), 2_500);
  for (let number = 0; number < 5; number += 1) await commit(ended(D0 + 10 + number));
  expect(await runtime.executions.purge({ ...PURGE, batchSize: 4 })).toMatchObject({ executions: 11 });
  expect(await left()).toEqual([]);
  expect(sizes).toEqual([3, 2, 1_000, 1_000, 500, 1, 4, 1]);
});

test("files whose rows are gone when a process ends are removed by the next purge", async () => {
  const died = new Error("the process ended");
  let dies = true;
  const world = await setup({
    hasSpans: false,
    committing: ({ removedDocuments }) => {
      if (dies && removedDocuments !== undefined) throw died;
    },
  });
  const { runtime, commit, store, storage, hasFile } = world;
  const row = ended(D0);
  await commit(row);
  await expect(runtime.executions.purge(PURGE)).rejects.toBe(died);
  expect(await store.documents.list("main", "removed-files")).toHaveLength(1);
  // As if the process had ended before the files were gone; an execution that is there keeps its own.
  await commit(ended(D0 + DAY_MS, { state: "RUNNING" }));
  await storage.put("main", `${executionFolder({ ...row, executionId: row.id })}/tasks/t/file.txt`, "x");
  dies = false;
  await runtime.executions.purge({ ...PURGE, expiry: [] });
  expect(await hasFile(row)).toBe(false);
  expect(await hasFile(ended(D0 + DAY_MS))).toBe(true);
  expect(await store.documents.list("main", "removed-files")).toEqual([]);
});

test("files of a span that is gone when a process ends are removed by the next purge", async () => {
  const died = new Error("the process ended");
  let dies = true;
  const { runtime, commit, storage, hasFile, left } = await setup({
    committing: ({ removedDocuments }) => {
      if (dies && removedDocuments !== undefined) throw died;
    },
  });
  await runtime.flows.save(
    "main",
    "id: nightly\nnamespace: company.team\ntasks: [{ id: t, type: test.InlineEcho, value: v }]",
  );
  const [gone, here] = [ended(D0), ended(D0 + DAY_MS)];
  await commit(gone);
  await expect(runtime.executions.purge(PURGE)).rejects.toBe(died);
  await commit(here);
  await storage.put("main", `${executionFolder({ ...gone, executionId: gone.id })}/tasks/t/file.txt`, "x");
  dies = false;
  await runtime.executions.purge({ ...PURGE, expiry: [] });
  expect([await hasFile(gone), await hasFile(here)]).toEqual([false, true]);
  expect(await left()).toEqual([here.id]);
});

test("an execution that is restarted while it waits to be removed is kept", async () => {
  let meanwhile: (() => Promise<unknown>) | undefined;
  const memory = createMemoryStore();
  const store: MemoryStore = {
    ...memory,
    expiry: {
      ...memory.expiry,
      extents: async (keys) => {
        await meanwhile?.();
        return memory.expiry.extents(keys);
      },
    },
  };
  const { runtime, commit, left } = await setup({ store, hasSpans: false });
  const row = ended(D0);
  await commit(row);
  meanwhile = () => store.commit({ executions: [{ ...row, history: [{ state: "SUCCESS", date: D0 + 50 * DAY_MS }] }] });
  expect(await runtime.executions.purge(PURGE)).toMatchObject({ executions: 0 });
  expect(await left()).toEqual([row.id]);
});

test("a purge that is told to end stops between two commits", async () => {
  const stopping = new AbortController();
  const { runtime, commit, left } = await setup({
    hasSpans: false,
    committing: ({ removedExecutions }) => {
      if (removedExecutions !== undefined) stopping.abort();
    },
  });
  for (let number = 0; number < 5; number += 1) await commit(ended(D0 + number));
  await runtime.executions.purge({ ...PURGE, batchSize: 2, signal: stopping.signal });
  expect(await left()).toHaveLength(3);
});
