import type { Benchmark, Figure } from "./measure/benchmark.ts";
import { runTimesOf, runToEnd } from "./measure/execution.ts";
import { idleBytes } from "./measure/idle.ts";
import { startServer } from "./measure/server-process.ts";

const ROWS = Number(process.env["BENCH_ROWS"] ?? 10_000_000);
const MB = 1_000_000;

/** The same rows from each database: numbers, texts with few and with many values, a time and a truth. */
const QUERIES = {
  sqlite: `WITH RECURSIVE numbers(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM numbers WHERE id < ${ROWS})
      SELECT id, 'customer-' || (id % 100000) AS customer, (id % 99991) / 7.0 AS amount,
        datetime(1767225600 + id, 'unixepoch') AS ordered, id % 2 AS paid FROM numbers`,
  duckdb: `SELECT id, 'customer-' || (id % 100000) AS customer, (id % 99991) / 7.0 AS amount,
        TIMESTAMP '2026-01-01' + to_seconds(id) AS ordered, id % 2 AS paid FROM range(${ROWS}) AS numbers(id)`,
} as const;
type Database = keyof typeof QUERIES;

export const rowsToParquet: Benchmark = {
  name: "rows-to-parquet",
  claim: "as many rows as a query answers become Parquet in little memory",
  onDemand: true,
  run: async () => {
    const figures: Figure[] = [];
    for (const database of Object.keys(QUERIES) as Database[]) figures.push(...(await measured(database)));
    return figures;
  },
};

async function measured(database: Database): Promise<readonly Figure[]> {
  await using server = await startServer();
  await server.apply(flowOf(database));
  const idle = await idleBytes(server);
  await server.forgetPeak();
  const { id } = await runToEnd(server, "bench", `rows-of-${database}`);
  const peak = await server.peakBytes();
  const rate = (task: "query" | "parquet") => ROWS / (runTimesOf(server.data, id, task)[0]! / 1_000);
  return [
    {
      what: `memory above that of an idle server, of ${ROWS} rows of ${database}`,
      value: (peak - idle) / MB,
      unit: "MB",
      goal: { max: 200 },
    },
    { what: `rows of ${database} into a file`, value: rate("query"), unit: "/s" },
    { what: `rows of ${database} from the file to Parquet`, value: rate("parquet"), unit: "/s" },
  ];
}

function flowOf(database: Database): string {
  return `
id: rows-of-${database}
namespace: bench
tasks:
  - id: query
    type: io.kestra.plugin.jdbc.${database}.Query
    url: "jdbc:${database}:"
    fetchType: STORE
    sql: |
      ${QUERIES[database]}
  - id: parquet
    type: io.kestra.plugin.serdes.parquet.IonToParquet
    from: "{{ outputs.query.uri }}"
`;
}
