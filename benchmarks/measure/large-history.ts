import type { Store } from "@capstan/store";
import { createPostgresStore } from "@capstan/store/postgres";
import type { PostgresCluster } from "@capstan/store/test-kit";
import {
  CAUSE_MARK,
  DATE_MARK,
  FLOWS,
  flowNamed,
  historyPatterns,
  patternCore,
  SELDOM,
  TIME_MARK,
  TIME_MARK_MS,
  WAYS,
} from "./history-patterns.ts";
import { seedStore } from "./seed-flows.ts";

export interface LargeHistory {
  readonly executions: number;
  /** How many days they are spread over; the last of them is today. */
  readonly days: number;
  /**
   * Whether pages of days that are over keep no room for other versions of their rows. The store makes them keep it; without it,
   * a quarter less of the disk is needed, and all else is the same.
   */
  readonly packed?: boolean;
}

const DAY_MS = 86_400_000;
/** So many days a store makes partitions for when it starts. */
const DAYS_AHEAD = 3;
const PATTERNS = "bench_patterns";
/** Connections that fill days at the same time. */
const CONNECTIONS = 2;
/** Executions of the flow that ran seldom. */
const SELDOM_EXECUTIONS = 20;

/** Flows, and partitions for all days; nobody else may have the store open. */
export async function prepareHistory(cluster: PostgresCluster, { days, packed }: LargeHistory): Promise<void> {
  const { url } = cluster;
  await seedStore(createPostgresStore({ url }), FLOWS, (index) => ({ cron: `${index % 60} 0 1 1 *` }));
  await seedSeldom(createPostgresStore({ url }));
  const today = Date.now();
  for (let day = days - 1; day > 0; day -= DAYS_AHEAD) {
    const now = today - day * DAY_MS;
    const store = createPostgresStore({ url, clock: { now: () => now, setTimer: () => () => undefined } });
    await store.start();
    await store.stop();
  }
  if (packed === true) await cluster.query(PACK_SQL);
}

async function seedSeldom(store: Store): Promise<void> {
  const { namespace, flowId: id } = flowNamed(SELDOM);
  const source = `id: ${id}\nnamespace: ${namespace}\ntasks: [{ id: only, type: io.kestra.plugin.core.log.Log, message: rare }]\n`;
  const rest = { revision: 1, deleted: false, disabled: false, labels: {}, triggers: [], updatedAt: Date.now() };
  await store.start();
  await store.commit({ flows: [{ tenant: "main", namespace, id, source, ...rest }] });
  await store.stop();
}

const PACK_SQL = `DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'capstan'::regnamespace AND relkind = 'r'
      AND relname ~ '^(executions|task_runs)_[0-9]{8}$' AND right(relname, 8) < to_char(now(), 'YYYYMMDD') LOOP
    EXECUTE format('ALTER TABLE %I SET (fillfactor = 100)', name);
  END LOOP;
END $$`;

/** What all tables of executions take, with their indexes. */
export async function diskBytes(cluster: PostgresCluster): Promise<number> {
  const [row] = await cluster.query<{ bytes: string }>(
    `SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class
      WHERE relkind = 'r' AND relnamespace = 'capstan'::regnamespace`,
  );
  return Number(row!.bytes);
}

/**
 * Fills a store that was prepared, also while a server has it open, with copies that the database makes of the patterns. They are evenly
 * spread over the days until now; of a thousand flows the first has a tenth of them, the last a thirtieth of a hundredth.
 */
export async function fillHistory(cluster: PostgresCluster, history: LargeHistory): Promise<void> {
  await makePatterns(cluster);
  // Fewer checkpoints, after each of which whole pages are logged; and no vacuum before the one of all tables.
  await setSystem(cluster, "SET max_wal_size = '2GB'", "SET autovacuum = off");
  const end = Date.now();
  const start = Math.floor(end / DAY_MS) * DAY_MS - (history.days - 1) * DAY_MS;
  const spans = spansOf(history.executions, { start, end });
  const fill = async (): Promise<void> => {
    for (let span = spans.shift(); span !== undefined; span = spans.shift())
      await cluster.query(fillSql(span, history.executions, { start, end }));
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, fill));
  await cluster.query(
    `DROP SCHEMA ${PATTERNS} CASCADE; ${FUNCTIONS.map((name) => `DROP FUNCTION ${name}`).join("; ")}`,
  );
  await settle(cluster);
}

/** What a database does by itself some time after such writes, so that it does not do it while something is measured. */
async function settle(cluster: PostgresCluster): Promise<void> {
  // As autovacuum: it never looks at a table that lies in partitions as a whole.
  const tables = await cluster.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'capstan'::regnamespace`,
  );
  const names = tables.map(({ name }) => name);
  const vacuum = async (): Promise<void> => {
    for (let name = names.shift(); name !== undefined; name = names.shift())
      await cluster.query(`VACUUM (ANALYZE) ${name}`);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, vacuum));
  await cluster.query("CHECKPOINT");
  await setSystem(cluster, "RESET max_wal_size", "RESET autovacuum");
}

async function setSystem(cluster: PostgresCluster, ...changes: readonly string[]): Promise<void> {
  for (const change of changes) await cluster.query(`ALTER SYSTEM ${change}`);
  await cluster.query("SELECT pg_reload_conf()");
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Numbers of executions, `end` excluded. */
function spansOf(executions: number, { start, end }: Range): Range[] {
  const numberAt = (time: number) => Math.min(executions, Math.ceil((executions * (time - start)) / (end - start)));
  const days = Math.ceil((end - start) / DAY_MS);
  return Array.from({ length: days }, (_, day) => ({
    start: numberAt(start + day * DAY_MS),
    end: numberAt(start + (day + 1) * DAY_MS),
  })).filter((span) => span.start < span.end);
}

const TABLES = ["executions", "task_runs", "logs", "metrics", "unhappy_executions", "execution_labels"] as const;
const FUNCTIONS = [
  "bench_id(bigint, bigint)",
  "bench_copy(text, text, text, text, text, text)",
  "bench_run(text, text, text, text)",
];

/** The patterns as a store writes them, in a schema of their own, each row with the number of its pattern. */
async function makePatterns(cluster: PostgresCluster): Promise<void> {
  const store = createPostgresStore({ url: cluster.url, schema: PATTERNS });
  await store.start();
  const patterns = [...historyPatterns()];
  await Promise.all(patterns.map(({ unit }) => store.commit(unit)));
  await store.stop();
  const numbers = patterns.map(({ flow, way }) => `('${patternCore(flow, way)}0', ${flow}, ${way})`);
  const numbered = TABLES.map((table) => {
    const id = { executions: "id", unhappy_executions: "of_id", execution_labels: "of_id" }[table as string];
    return `CREATE TABLE ${PATTERNS}.of_${table} AS SELECT flow * ${WAYS.length} + way AS pattern, source.*
      FROM ${PATTERNS}.${table} AS source JOIN ${PATTERNS}.numbers ON numbers.id = source.${id ?? "execution_id"};
      ANALYZE ${PATTERNS}.of_${table}`;
  });
  await cluster.query(`
    CREATE TABLE ${PATTERNS}.numbers AS SELECT * FROM (VALUES ${numbers.join(",")}) AS numbers (id, flow, way);
    ${numbered.join(";")};
    ${MAKE_FUNCTIONS}`);
}

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const digit = (power: number) => `substr('${ALPHABET}', (time_ms / ${62 ** power} % 62)::int + 1, 1)`;

/** The core of an id, and a text of a pattern with what a copy has for its marks, or for those that task runs have. */
const MAKE_FUNCTIONS = `
  CREATE FUNCTION bench_id(time_ms bigint, number bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT '00' || ${[6, 5, 4, 3, 2, 1, 0].map(digit).join(" || ")} || substr(md5(number::text), 1, 12) $$;
  CREATE FUNCTION bench_copy(source text, old text, core text, digits text, cause text, day text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$ SELECT replace(replace(replace(replace(source, old, core), '${TIME_MARK}', digits),
      '${CAUSE_MARK}', cause), '${DATE_MARK}', day) $$;
  CREATE FUNCTION bench_run(source text, old text, core text, digits text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$ SELECT replace(replace(source, old, core), '${TIME_MARK}', digits) $$;`;

/** The executions of some numbers, which begin on one day. */
function fillSql({ start: first, end: beyond }: Range, executions: number, time: Range): string {
  const shares = WAYS.flatMap(({ share }, way) => Array.from({ length: share }, () => way));
  const seldom = Math.max(1, Math.floor((beyond - first) / SELDOM_EXECUTIONS));
  const flow = `floor(${FLOWS} * power((n * 2654435761 % 4294967296) / 4294967296.0::float8, 3))::int`;
  const flowOf = first === 0 ? `CASE WHEN n % ${seldom} = 1 THEN ${SELDOM} ELSE ${flow} END` : flow;
  const wayOf = `CASE WHEN n = ${first} OR n % 20 = 0 THEN 0 ELSE ('{${shares.join(",")}}'::int[])[1 + (hashint8(n) & 2147483647) % 100] END`;
  // Half of those that others caused were caused by the first execution of the day.
  const causeOf = `CASE WHEN n % 2 = 0 THEN ${first} ELSE greatest(${first}, n - n % 20) END`;
  const copy = (text: string) => `bench_copy(${text}, old, core, digits, cause, day)`;
  const run = (text: string) => `bench_run(${text}, old, core, digits)`;
  const from = (table: string) => `FROM made JOIN ${PATTERNS}.of_${table} AS source USING (pattern)`;
  return `
    SET synchronous_commit = off; SET work_mem = '256MB'; SET max_parallel_workers_per_gather = 0; SET jit = off;
    SET enable_nestloop = off; SET enable_mergejoin = off;
    CREATE TEMP TABLE numbered AS SELECT n, ${flowOf} * ${WAYS.length} + ${wayOf} AS pattern, ${causeOf} AS cause_n,
      floor((${time.start} + n * (${time.end - time.start} / ${executions}.0::float8)) / ${TIME_MARK_MS})::bigint AS bucket
      FROM generate_series(${first}::bigint, ${beyond - 1}) AS n;
    CREATE TEMP TABLE begun AS SELECT numbered.*, old_id, bucket * ${TIME_MARK_MS} + start_date % ${TIME_MARK_MS} AS start,
      bench_id(bucket * ${TIME_MARK_MS} + start_date % ${TIME_MARK_MS}, n) AS core
      FROM numbered JOIN (SELECT pattern, start_date, left(id, 21) AS old_id FROM ${PATTERNS}.of_executions) AS p USING (pattern);
    CREATE TEMP TABLE made AS SELECT begun.n, begun.pattern, begun.core, begun.old_id AS old, begun.bucket::text AS digits,
      (begun.bucket - ${TIME_MARK}) * ${TIME_MARK_MS} AS shift, causing.core || '0' AS cause,
      to_char(to_timestamp(begun.start / 1000), 'YYYY-MM-DD"T"HH24:MI:SS".000000Z"') AS day
      FROM begun JOIN begun AS causing ON causing.n = begun.cause_n ORDER BY begun.core;
    INSERT INTO executions SELECT tenant, core || '0', namespace, flow_id, start_date + shift, kind,
      CASE WHEN parent_execution_id IS NOT NULL THEN cause END, CASE WHEN trigger_execution_id IS NOT NULL THEN cause END,
      state, end_date + shift, ${copy("labels::text")}::jsonb, ${copy("body")} ${from("executions")};
    INSERT INTO task_runs SELECT tenant, core || '0', number, ${run("body")} ${from("task_runs")};
    INSERT INTO logs SELECT tenant, core || '0', first_time + shift, n * 16 + sequence % 16, namespace, flow_id, trigger_id,
      task_id, core || right(task_run_id, 1), task_run_index, attempt, last_time + shift, max_level, min_level, line_count,
      replace(lines, '${TIME_MARK}', digits) ${from("logs")};
    INSERT INTO metrics SELECT tenant, core || '0', n * 16 + sequence % 16, namespace, flow_id, task_id,
      core || right(task_run_id, 1), first_time + shift, ${run("items::text")}::json ${from("metrics")};
    INSERT INTO unhappy_executions SELECT of_tenant, core || '0', of_start + shift, of_state,
      of_namespace, of_flow_id ${from("unhappy_executions")};
    INSERT INTO execution_labels SELECT of_tenant, key, ${copy("value")}, of_start + shift, core || '0'
      ${from("execution_labels")};`;
}
