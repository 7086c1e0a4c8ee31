import { createPostgresStore } from "@capstan/store/postgres";
import { type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";
import { type Benchmark, type Figure, median, quantile, timeMs } from "./measure/benchmark.ts";
import { type Question, QUESTIONS, type Subject } from "./measure/history-questions.ts";
import { checkHistory } from "./measure/history-truth.ts";
import { diskBytes, fillHistory, type LargeHistory, prepareHistory } from "./measure/large-history.ts";
import { WAITING_FLOW } from "./measure/live-executions.ts";
import { generateLoad } from "./measure/load.ts";
import { type ServerProcess, startServer } from "./measure/server-process.ts";
import { moreExecutions, NO_OP_FLOW, NO_OP_REQUEST, noOpExecutions } from "./webhook-throughput.bench.ts";

const DAY_MS = 86_400_000;
const DAYS = 60;
/** Each question is asked so many times, about something else each time. */
const ROUNDS = 40;
const STARTS = 5;
const LIVE = 20;
/** More than a store reads over. */
const CONNECTIONS_MAX = 8;
const EMPTY_DATABASE = "empty";

export const largeHistoryPostgres: Benchmark = {
  name: "large-history-postgres",
  claim: "however many executions have been, the server starts, answers and works as if there were none",
  run: async () => {
    const history = {
      executions: Number(process.env["BENCH_HISTORY"] ?? 200_000),
      days: DAYS,
      packed: process.env["BENCH_HISTORY_PACKED"] !== undefined,
    };
    const cluster = await startPostgresCluster({ durable: true });
    try {
      return await measure(cluster, history);
    } finally {
      await cluster.dispose();
    }
  },
};

async function measure(cluster: PostgresCluster, history: LargeHistory): Promise<readonly Figure[]> {
  const emptyRate = await rateOfEmpty(cluster);
  await prepareHistory(cluster, history);
  const filled = await measureFilled(cluster, history, emptyRate);
  return [...filled, ...(await starts(cluster)), await removal(cluster)];
}

/** In a database of its own, which goes again. */
async function rateOfEmpty(cluster: PostgresCluster): Promise<number> {
  await cluster.query(`CREATE DATABASE ${EMPTY_DATABASE}`);
  const database = cluster.url.replace("/postgres?", `/${EMPTY_DATABASE}?`);
  const rate = await (async () => {
    await using server = await startServer({ arguments: ["--database", database] });
    return (await noOpExecutions(server)).perSecond;
  })();
  await cluster.query(`DROP DATABASE ${EMPTY_DATABASE}`);
  return rate;
}

/** With a server that has planned its statements while there was nothing yet, which is the worst for what comes after. */
async function measureFilled(
  cluster: PostgresCluster,
  history: LargeHistory,
  emptyRate: number,
): Promise<readonly Figure[]> {
  await using server = await startServer({ arguments: ["--database", cluster.url] });
  await server.apply(NO_OP_FLOW);
  await generateLoad({ port: server.port, ...NO_OP_REQUEST, connections: 1, seconds: 1 });
  await startLive(server);
  const fillMs = await timeMs(() => fillHistory(cluster, history));
  await checkHistory(cluster, server, { flowId: "no-op" });
  const bytes = await diskBytes(cluster);
  const subjects = await subjectsOf(cluster);
  await warmUp(server);
  const answers: Figure[] = [];
  for (const question of QUESTIONS) answers.push(await asked(server, question, subjects));
  const { perSecond } = await moreExecutions(server);
  return [
    { what: "executions in the store", value: history.executions, unit: "" },
    { what: "time to make them", value: fillMs / 1000, unit: "s" },
    { what: "disk for one", value: bytes / history.executions, unit: "B" },
    ...answers,
    {
      what: "executions by webhook",
      value: perSecond,
      unit: "/s",
      floor: { what: "an empty store", value: emptyRate },
      goal: { min: 0.9 * emptyRate },
    },
  ];
}

async function startLive(server: ServerProcess): Promise<void> {
  await server.apply(WAITING_FLOW);
  for (let count = 0; count < LIVE; count += 1) {
    const url = `${server.url}/api/v1/main/executions/bench/waiting`;
    const response = await fetch(url, { method: "POST", body: new FormData() });
    if (!response.ok) throw new Error(`The execution was refused: ${await response.text()}`);
  }
}

/** Spread over the days of the history, each with executions of then. */
async function subjectsOf(cluster: PostgresCluster): Promise<readonly Subject[]> {
  const begin = Date.now() - (DAYS - 1) * DAY_MS;
  const subjects: Subject[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const time = Math.floor(begin + ((round + 0.5) / ROUNDS) * (DAYS - 2) * DAY_MS);
    const [row] = await cluster.query<Pick<Subject, "executionId" | "causeId">>(
      `SELECT id AS "executionId", trigger_execution_id AS "causeId" FROM executions
        WHERE tenant = 'main' AND start_date >= ${time} AND trigger_execution_id IS NOT NULL ORDER BY start_date LIMIT 1`,
    );
    // Of another order than the times.
    subjects.push({ ...row!, time, chance: ((round * 7 + 3) % ROUNDS) / ROUNDS });
  }
  return subjects;
}

/** The first request loads the API, and the first question of each connection what the database says of all partitions. */
async function warmUp(server: ServerProcess): Promise<void> {
  const paths = Array.from({ length: CONNECTIONS_MAX }, () => [
    "executions/search?page=2",
    "logs/search?page=2",
  ]).flat();
  for (let round = 0; round < 2; round += 1)
    await Promise.all(paths.map(async (path) => (await fetch(`${server.url}/api/v1/main/${path}`)).text()));
}

async function asked(
  server: ServerProcess,
  { what, path, body }: Question,
  subjects: readonly Subject[],
): Promise<Figure> {
  const times: number[] = [];
  for (const subject of subjects) {
    const url = `${server.url}/api/v1/main/${path(subject)}`;
    const headers = { "content-type": "application/json" };
    const began = performance.now();
    const response = await fetch(
      url,
      body === undefined ? {} : { method: "POST", headers, body: JSON.stringify(body) },
    );
    const text = await response.text();
    times.push(performance.now() - began);
    if (response.ok) continue;
    // What takes longer than it may is told with all that is measured.
    if (response.status !== 503) throw new Error(`${what} were refused: ${text}`);
    break;
  }
  return { what: `p95 of ${what}`, value: quantile(times, 0.95), unit: "ms", goal: { max: 50 } };
}

async function starts(cluster: PostgresCluster): Promise<readonly Figure[]> {
  const times: number[] = [];
  for (let count = 0; count < STARTS; count += 1) {
    await using server = await startServer({ arguments: ["--database", cluster.url] });
    times.push(server.startMs);
  }
  return [{ what: "start to healthy", value: median(times), unit: "ms" }];
}

/** As retention does it. */
async function removal(cluster: PostgresCluster): Promise<Figure> {
  const store = createPostgresStore({ url: cluster.url });
  await store.start();
  try {
    const [, span] = await store.expiry.spans();
    let removed = 0;
    const value = await timeMs(async () => {
      removed = (await store.expiry.removeSpan(span!, [{ endBefore: Date.now() - DAY_MS }]))?.executions ?? 0;
    });
    if (removed === 0) throw new Error("No day was removed.");
    return { what: `removal of a day of ${removed} executions`, value, unit: "ms", goal: { max: 1_000 } };
  } finally {
    await store.stop();
  }
}
