import { isDeepStrictEqual } from "node:util";
import type { PostgresCluster } from "@capstan/store/test-kit";
import type { ServerProcess } from "./server-process.ts";

/** A real execution of the same kind as some of the history: by a webhook, in three tasks, well ended. */
export interface RealExecution {
  readonly flowId: string;
}

const LINES = 10;
const SAMPLES = 20;

/**
 * Throws an error unless the rows that were made have what the rows of a real execution have, and the API reads them as what they were
 * made for.
 */
export async function checkHistory(
  cluster: PostgresCluster,
  server: ServerProcess,
  { flowId }: RealExecution,
): Promise<void> {
  const real = await shapesOf(cluster, `flow_id = '${flowId}'`);
  const made = await shapesOf(cluster, `body LIKE '%Webhook%' AND flow_id LIKE 'scheduled-%'`);
  if (!isDeepStrictEqual(made, real))
    throw new Error(`The history has ${JSON.stringify(made)}, a real execution ${JSON.stringify(real)}.`);
  for (const row of await samples(cluster)) await checkAnswers(server, row);
}

/** The columns of each table that have something, and the names in each body. */
async function shapesOf(cluster: PostgresCluster, condition: string): Promise<unknown> {
  const found = `(SELECT * FROM executions WHERE tenant = 'main' AND state = 'SUCCESS' AND ${condition} LIMIT 1) AS found`;
  const tables = { executions: ["id", ""], task_runs: ["execution_id", "AND number = 0"], logs: ["execution_id", ""] };
  const shapes = Object.entries(tables).map(async ([table, [id, which]]) => {
    const rows = await cluster.query<{ columns: string; body: string | null }>(
      `SELECT (SELECT string_agg(key, ',' ORDER BY key) FROM jsonb_object_keys(jsonb_strip_nulls(to_jsonb(source))) AS key) AS columns,
        (SELECT string_agg(key, ',' ORDER BY key) FROM jsonb_object_keys((to_jsonb(source) ->> 'body')::jsonb) AS key) AS body
        FROM ${found} JOIN ${table} AS source ON source.tenant = found.tenant AND source.${id} = found.id ${which} LIMIT 1`,
    );
    return [table, rows[0]];
  });
  return Object.fromEntries(await Promise.all(shapes));
}

interface Sample {
  readonly id: string;
  readonly flowId: string;
  readonly state: string;
  readonly start: string;
}

function samples(cluster: PostgresCluster): Promise<readonly Sample[]> {
  return cluster.query<Sample>(
    `SELECT id, flow_id AS "flowId", state, start_date::text AS start FROM executions TABLESAMPLE SYSTEM (0.1)
      WHERE flow_id LIKE 'scheduled-%' LIMIT ${SAMPLES}`,
  );
}

interface Shown {
  readonly flowId: string;
  readonly state: { readonly current: string; readonly startDate: string };
  readonly taskRunList: readonly { readonly taskId: string; readonly state: { readonly current: string } }[];
}

async function checkAnswers(server: ServerProcess, row: Sample): Promise<void> {
  const ask = async (path: string): Promise<unknown> => (await fetch(`${server.url}/api/v1/main/${path}`)).json();
  const shown = (await ask(`executions/${row.id}`)) as Shown;
  const lines = (await ask(`logs/${row.id}`)) as readonly { readonly message: string }[];
  const seen = {
    flowId: shown.flowId,
    state: shown.state.current,
    start: String(Date.parse(shown.state.startDate)),
    runs: shown.taskRunList.map(({ taskId }) => taskId),
    end: shown.taskRunList.at(-1)?.state.current,
    lines: lines.length,
    first: lines[0]?.message,
  };
  const { id: _id, ...wanted } = row;
  const runs = ["extract", "transform", "load"];
  const expected = { ...wanted, runs, end: row.state, lines: LINES, first: `begins with ${row.flowId}` };
  if (!isDeepStrictEqual(seen, expected))
    throw new Error(
      `The API shows ${JSON.stringify(seen)} of an execution that was made as ${JSON.stringify(expected)}.`,
    );
}
