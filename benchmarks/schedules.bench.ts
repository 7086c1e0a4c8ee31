import type { ExecutionRow } from "@capstan/store";
import { createPostgresStore } from "@capstan/store/postgres";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import type { Benchmark, Figure } from "./measure/benchmark.ts";
import { quantile } from "./measure/benchmark.ts";
import { onPostgres } from "./measure/on-postgres.ts";
import { type DueOf, seedFlows, seedStore } from "./measure/seed-flows.ts";
import { startServer } from "./measure/server-process.ts";

const SCHEDULES = 100_000;
/** From the seeding to the second in which all are due. */
const LEAD_MS = 45_000;

export const schedules: Benchmark = {
  name: "schedules",
  claim: "a hundred thousand schedules fire when they are due, each once",
  run: async () => [
    ...(await spreadOverAMinute()),
    ...(await byTheSecond()),
    ...(await allAtOnce({ goalS: 6, leadMs: LEAD_MS, patienceMs: 20_000, firedIn: firedBy })),
  ],
};

/** Each at a moment of its own, 0.6 ms after the one before. */
async function spreadOverAMinute(): Promise<readonly Figure[]> {
  const start = Date.now() + LEAD_MS;
  const fired = await firedBy(
    (index) => ({ at: new Date(start + Math.floor((index * 60_000) / SCHEDULES)) }),
    () => start + 70_000 - Date.now(),
  );
  const names = new Set(fired.map(({ flow }) => flow));
  const lateness = fired.map(({ due, created }) => created - due);
  return [
    { what: "spread over a minute: lateness p50", value: quantile(lateness, 0.5), unit: "ms", goal: { max: 2 } },
    { what: "spread over a minute: lateness p99", value: quantile(lateness, 0.99), unit: "ms", goal: { max: 10 } },
    { what: "spread over a minute: lost", value: SCHEDULES - names.size, unit: "of 100,000", goal: { max: 0 } },
  ];
}

/** By cron lines with seconds: 1,667 are due at the same instant, sixty times a minute. */
async function byTheSecond(): Promise<readonly Figure[]> {
  const fired = await firedBy(
    (index) => ({ cron: `${index % 60} * * * * *` }),
    () => 150_000,
  );
  // The first minute gives each schedule its first date.
  const from = fired.reduce((first, { due }) => Math.min(first, due), Infinity) + 60_000;
  const lateness = fired.filter(({ due }) => due >= from).map(({ due, created }) => created - due);
  return [{ what: "1,667 at each full second: lateness p99", value: quantile(lateness, 0.99), unit: "ms" }];
}

/** What PostgreSQL takes for the same, on the same two cores. */
export const schedulesPostgres: Benchmark = {
  name: "schedules-postgres",
  claim: "on PostgreSQL, a hundred thousand schedules that are due in one second fire within eight, each once",
  run: () =>
    onPostgres((database) => {
      const firedIn: typeof firedBy = (dueOf, durationMs) => firedOnPostgres(database, dueOf, durationMs);
      return allAtOnce({ goalS: 8, leadMs: 150_000, patienceMs: 40_000, firedIn });
    }),
};

interface AllAtOnce {
  readonly goalS: number;
  /** From the seeding to the second in which all are due: the server must have read all flows by then. */
  readonly leadMs: number;
  /** What is not created so long after its date counts as lost. */
  readonly patienceMs: number;
  readonly firedIn: typeof firedBy;
}

async function allAtOnce({ goalS, leadMs, patienceMs, firedIn }: AllAtOnce): Promise<readonly Figure[]> {
  const at = new Date(Math.ceil((Date.now() + leadMs) / 1000) * 1000);
  const cron = `${at.getUTCSeconds()} ${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
  const fired = await firedIn(
    () => ({ cron }),
    () => at.getTime() - Date.now() + patienceMs,
  );
  const names = new Set(fired.map(({ flow }) => flow));
  const lastMs = fired.reduce((last, { created }) => Math.max(last, created), 0) - at.getTime();
  return [
    { what: "all due in one second: created after", value: lastMs / 1000, unit: "s", goal: { max: goalS } },
    { what: "all due in one second: lost", value: SCHEDULES - names.size, unit: "of 100,000", goal: { max: 0 } },
    { what: "all due in one second: doubled", value: fired.length - names.size, unit: "of 100,000", goal: { max: 0 } },
  ];
}

interface Fired {
  readonly flow: string;
  readonly due: number;
  readonly created: number;
}

/** Runs a server with the schedules for a while; answers what it created, as its database tells. */
async function firedBy(dueOf: DueOf, durationMs: () => number): Promise<readonly Fired[]> {
  const data = await mkdtemp(join(tmpdir(), "capstan-bench-"));
  try {
    await (await startServer({ data })).stop();
    await seedFlows(data, SCHEDULES, dueOf);
    const server = await startServer({ data });
    await wait(durationMs());
    await server.stop();
    return readFired(join(data, "capstan.db"));
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

async function firedOnPostgres(database: string, wanted: DueOf, durationMs: () => number): Promise<readonly Fired[]> {
  const arguments_ = ["--database", database];
  await (await startServer({ arguments: arguments_ })).stop();
  await seedStore(createPostgresStore({ url: database }), SCHEDULES, wanted);
  await using server = await startServer({ arguments: arguments_ });
  await wait(durationMs());
  await server.stop();
  const store = createPostgresStore({ url: database });
  await store.start();
  try {
    const all = { offset: 0, limit: 2 * SCHEDULES, uncounted: true };
    const { rows } = await store.executions.search({ tenant: "main" }, all);
    const dueOf = (row: ExecutionRow) => Date.parse(String(row.trigger?.variables["date"]));
    return rows.map((row) => ({ flow: row.flowId, created: row.createdAt, due: dueOf(row) }));
  } finally {
    await store.stop();
  }
}

function readFired(path: string): readonly Fired[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database
    .prepare(
      `SELECT flow_id AS flow, body ->> '$.createdAt' AS created, body ->> '$.trigger.variables.date' AS due
       FROM executions`,
    )
    .all() as unknown as { flow: string; created: number; due: string }[];
  database.close();
  return rows.map(({ flow, created, due }) => ({ flow, created, due: Date.parse(due) }));
}
