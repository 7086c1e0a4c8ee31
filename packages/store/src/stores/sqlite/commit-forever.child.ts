import { execution, line, logBatch, T0, taskRun, TENANT } from "../../conformance/fixtures.ts";
import { createSqliteStore } from "./sqlite-store.ts";

/** Commits units until it is killed and prints the id of each that was acknowledged. Arguments: database, prefix. */
const [, , path = "", prefix = ""] = process.argv;
const store = createSqliteStore({ path });
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
