import type { Store } from "../store.ts";
import { execution, line, logBatch, T0, taskRun, TENANT } from "./fixtures.ts";

/** Commits units until its process is killed and prints the id of each that was acknowledged, a line each. */
export async function commitForever(store: Store, prefix: string): Promise<void> {
  await store.start();
  let next = 0;
  await Promise.all(
    Array.from({ length: 40 }, async () => {
      for (;;) {
        const id = `${prefix}-${String(next++).padStart(8, "0")}`;
        await store.commit({
          executions: [execution(id, { labels: [{ key: "round", value: prefix }] })],
          taskRuns: [0, 1, 2].map((index) => taskRun(id, index)),
          logs: [logBatch({ executionId: id, lines: [line(0, "one"), line(1, "two")] })],
          timers: [{ tenant: TENANT, executionId: id, key: "pause", at: T0 }],
        });
        process.stdout.write(`${id}\n`);
      }
    }),
  );
}

/** Ids of units of which only a part is there, in the words of SQL. */
export const TORN_SQL = `SELECT id FROM executions AS e WHERE
    (SELECT count(*) FROM task_runs AS r WHERE r.tenant = e.tenant AND r.execution_id = e.id) <> 3
    OR (SELECT count(*) FROM logs AS l WHERE l.tenant = e.tenant AND l.execution_id = e.id) <> 1
    OR (SELECT count(*) FROM timers AS t WHERE t.tenant = e.tenant AND t.execution_id = e.id) <> 1
    OR (SELECT count(*) FROM execution_labels AS b WHERE b.of_tenant = e.tenant AND b.key = 'round'
          AND b.value = substr(e.id, 1, 3) AND b.of_start = e.start_date AND b.of_id = e.id) <> 1
  UNION ALL SELECT execution_id FROM task_runs WHERE execution_id NOT IN (SELECT id FROM executions)
  UNION ALL SELECT execution_id FROM logs WHERE execution_id NOT IN (SELECT id FROM executions)
  UNION ALL SELECT execution_id FROM timers WHERE execution_id NOT IN (SELECT id FROM executions)`;
