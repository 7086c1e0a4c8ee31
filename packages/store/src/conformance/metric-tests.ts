import { expect, test } from "vitest";
import type { MetricFilter } from "../store.ts";
import { FIRST_PAGE, metric, T0, TENANT, type Setup } from "./fixtures.ts";

const ROWS = [
  metric("rows", { time: T0 + 3 }),
  metric("bytes", { time: T0 + 1, taskId: "load", taskRunId: "r2", type: "gauge", value: -2 }),
  metric("time", { time: T0 + 2, executionId: "e2", type: "timer", value: 12.25, tags: {} }),
  metric("rows", { time: T0 + 4, executionId: "e3", namespace: "other", flowId: "bye" }),
];

const CASES: readonly (readonly [string, Omit<MetricFilter, "tenant">, readonly number[]])[] = [
  ["nothing", {}, [1, 2, 3, 4]],
  ["an execution", { executionId: "e1" }, [1, 3]],
  ["a task run", { executionId: "e1", taskRunId: "r2" }, [1]],
  ["a task", { taskId: "load" }, [1]],
  ["a namespace", { namespace: "company.team" }, [1, 2, 3]],
  ["a flow", { namespace: "other", flowId: "bye" }, [4]],
  ["a name", { name: "rows" }, [3, 4]],
  ["a name of a flow", { namespace: "company.team", flowId: "hello", name: "rows" }, [3]],
];

export function metricTests(setup: Setup): void {
  test("every filter finds exactly its matches", async () => {
    const { store } = await setup();
    await store.commit({ metrics: [...ROWS, metric("foreign", { tenant: "other" })] });
    for (const [title, filter, expected] of CASES) {
      const page = await store.metrics.search({ tenant: TENANT, ...filter }, FIRST_PAGE);
      expect(
        page.rows.map((row) => row.time - T0),
        title,
      ).toEqual(expected);
      expect(page.total, title).toBe(expected.length);
    }
  });

  test("every field comes back as it was", async () => {
    const { store } = await setup();
    await store.commit({ metrics: ROWS });
    const page = await store.metrics.search({ tenant: TENANT, executionId: "e2" }, FIRST_PAGE);
    expect(page.rows).toEqual([ROWS[2]]);
  });

  test("sorted by name and by time, in pages", async () => {
    const { store } = await setup();
    await store.commit({ metrics: ROWS });
    const sort = [{ key: "name", descending: false } as const, { key: "timestamp", descending: true } as const];
    const page = await store.metrics.search({ tenant: TENANT }, { offset: 1, limit: 2, sort });
    expect(page.rows.map((row) => row.time - T0)).toEqual([4, 3]);
    expect(page.total).toBe(4);
  });
}
