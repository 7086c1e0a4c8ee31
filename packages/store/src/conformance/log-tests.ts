import { expect, test } from "vitest";
import type { LogBatch, LogFilter, Store } from "../store.ts";
import { FIRST_PAGE, line, logBatch, T0, TENANT, type Setup } from "./fixtures.ts";

type Filter = Omit<LogFilter, "tenant">;

/** Messages of all matches, in the list's own order. */
async function find(store: Store, filter: Filter): Promise<string> {
  const page = await store.logs.search({ tenant: TENANT, ...filter }, FIRST_PAGE);
  expect(page.total).toBe(page.rows.length);
  // A page that isn't the last makes the store count.
  const counted = await store.logs.search({ tenant: TENANT, ...filter }, { offset: 0, limit: 1 });
  expect(counted.total).toBe(page.total);
  return page.rows.map((entry) => entry.message).join(" ");
}

const BATCHES: readonly LogBatch[] = [
  logBatch({
    executionId: "e1",
    taskId: "load",
    taskRunId: "r1",
    taskRunIndex: 0,
    attempt: 0,
    lines: [line(0, "a0"), line(30, 'a1 says "Done"'.replaceAll(" ", "_"), "WARN"), line(60, "a2", "DEBUG")],
  }),
  logBatch({
    executionId: "e1",
    taskId: "store",
    taskRunId: "r2",
    taskRunIndex: 1,
    attempt: 1,
    lines: [line(10, "b0", "ERROR"), line(30, "b1", "TRACE")],
  }),
  logBatch({
    executionId: "e2",
    namespace: "company.team.inner",
    taskId: "load",
    lines: [line(40, "c0"), line(50, "c1")],
  }),
  logBatch({ namespace: "company", flowId: "bye", triggerId: "poll", lines: [line(20, "d0"), line(90, "d1", "WARN")] }),
];

const CASES: readonly (readonly [string, Filter, string])[] = [
  ["nothing", {}, 'a0 b0 d0 a1_says_"Done" b1 c0 c1 a2 d1'],
  ["an execution", { executionId: "e1" }, 'a0 b0 a1_says_"Done" b1 a2'],
  ["a namespace", { namespace: "company.team" }, 'a0 b0 a1_says_"Done" b1 a2'],
  ["a namespace and all below", { namespacePrefix: "company.team" }, 'a0 b0 a1_says_"Done" b1 c0 c1 a2'],
  ["a flow", { flowId: "bye" }, "d0 d1"],
  ["a trigger", { triggerId: "poll" }, "d0 d1"],
  ["a trigger of a flow", { namespace: "company", flowId: "bye", triggerId: "poll" }, "d0 d1"],
  ["tasks", { taskIds: ["store", "other"] }, "b0 b1"],
  ["tasks of an execution", { executionId: "e1", taskIds: ["load"] }, 'a0 a1_says_"Done" a2'],
  ["a task run", { executionId: "e1", taskRunId: "r2" }, "b0 b1"],
  ["an attempt", { executionId: "e1", attempt: 0 }, 'a0 a1_says_"Done" a2'],
  ["a minimum level", { minimumLevel: "WARN" }, 'b0 a1_says_"Done" d1'],
  ["a minimum level in an execution", { executionId: "e1", minimumLevel: "INFO" }, 'a0 b0 a1_says_"Done"'],
  ["levels", { levels: ["DEBUG", "ERROR"] }, "b0 a2"],
  ["a level", { levels: ["INFO"] }, "a0 d0 c0 c1"],
  ["a time to start at", { after: T0 + 40 }, "c0 c1 a2 d1"],
  ["a time to end at", { before: T0 + 20 }, "a0 b0 d0"],
  ["a range of times", { after: T0 + 10, before: T0 + 40, minimumLevel: "INFO" }, 'b0 d0 a1_says_"Done" c0'],
  ["text, whatever its case", { query: "C1" }, "c1"],
  ["text with characters special to JSON", { query: '"done"' }, 'a1_says_"Done"'],
  ["text within an execution", { executionId: "e1", query: "b" }, "b0 b1"],
  ["without a text", { withoutText: "A" }, "b0 d0 b1 c0 c1 d1"],
  ["a text without another", { query: "1", withoutText: "says", before: T0 + 60 }, "b1 c1"],
  ["executions", { texts: [{ field: "executionId", operator: "IN", values: ["e2", "e3"] }] }, "c0 c1"],
  [
    "of no execution, or of others",
    { texts: [{ field: "executionId", operator: "IN", values: ["e1"], negated: true }] },
    "d0 c0 c1 d1",
  ],
  ["the beginning of a trigger", { texts: [{ field: "triggerId", operator: "STARTS_WITH", values: ["PO"] }] }, "d0 d1"],
  ["a part of a task", { texts: [{ field: "taskId", operator: "CONTAINS", values: ["tor"] }] }, "b0 b1"],
  ["task runs", { executionId: "e1", texts: [{ field: "taskRunId", operator: "IN", values: ["r2", "r9"] }] }, "b0 b1"],
  [
    "outside of a namespace",
    { texts: [{ field: "namespace", operator: "WITHIN", values: ["company.team"], negated: true }] },
    "d0 d1",
  ],
  ["another execution", { executionId: "e3" }, ""],
];

export function logTests(setup: Setup): void {
  test("lines that belong to no execution are found by an empty id", async () => {
    const { store } = await setup();
    await store.commit({
      logs: [
        logBatch({ executionId: "e1", lines: [line(0, "x")] }),
        logBatch({ triggerId: "t", lines: [line(1, "y")] }),
      ],
    });
    const { rows } = await store.logs.search({ tenant: TENANT, executionId: "" }, FIRST_PAGE);
    expect(rows.map(({ message }) => message)).toEqual(["y"]);
  });

  test("every filter finds exactly its matches", async () => {
    const { store } = await setup();
    const foreign = logBatch({ tenant: "other", executionId: "e1", lines: [line(5, "foreign")] });
    await store.commit({ logs: [...BATCHES, foreign, logBatch({ executionId: "e1", lines: [] })] });
    for (const [title, filter, expected] of CASES) expect(await find(store, filter), title).toBe(expected);
  });

  test("an entry carries its source", async () => {
    const { store } = await setup();
    await store.commit({ logs: BATCHES });
    const page = await store.logs.search({ tenant: TENANT }, FIRST_PAGE);
    const { lines: _, ...source } = BATCHES[0]!;
    expect(page.rows[0]).toEqual({ ...source, ...line(0, "a0"), sequence: expect.any(Number) });
    const { lines: __, ...triggered } = BATCHES[3]!;
    expect(page.rows[2]).toStrictEqual({ ...triggered, ...line(20, "d0"), sequence: expect.any(Number) });
  });

  test("lines of one millisecond keep the order in which they were written", async () => {
    const { store } = await setup();
    const names = Array.from({ length: 40 }, (_, number) => `l${number}`);
    for (const half of [names.slice(0, 20), names.slice(20)]) {
      await store.commit({ logs: half.map((name) => logBatch({ executionId: "e1", lines: [line(0, name)] })) });
    }
    expect(await find(store, { executionId: "e1" })).toBe(names.join(" "));
    expect(await find(store, {})).toBe(names.join(" "));
  });

  test.each([
    { title: "oldest first", descending: false },
    { title: "newest first", descending: true },
  ])("pages of overlapping batches follow each other, $title", async ({ descending }) => {
    const { store } = await setup();
    // Batch n has lines at n, n + 20 and n + 40: each overlaps its neighbours.
    const batches = Array.from({ length: 50 }, (_, number) =>
      logBatch({
        executionId: `e${number % 7}`,
        lines: [0, 20, 40].map((later) => line(number + later, `${number}+${later}`)),
      }),
    );
    for (const batch of batches) await store.commit({ logs: [batch] });
    const sort = [{ key: "timestamp", descending } as const];
    const read: number[] = [];
    for (let offset = 0; offset < 150; offset += 17) {
      const page = await store.logs.search({ tenant: TENANT }, { offset, limit: 17, sort });
      expect(page.total).toBe(150);
      read.push(...page.rows.map((entry) => entry.time));
    }
    const expected = batches.flatMap((batch) => batch.lines.map((each) => each.time)).toSorted((a, b) => a - b);
    expect(read).toEqual(descending ? expected.toReversed() : expected);
  });

  test.each([
    { title: "all logs, oldest first", filter: {}, descending: false },
    { title: "all logs, newest first", filter: {}, descending: true },
    { title: "an execution, oldest first", filter: { executionId: "e1" }, descending: false },
    { title: "an execution, newest first", filter: { executionId: "e1" }, descending: true },
  ])(
    "lines that are written together far apart are found where they belong: $title",
    async ({ filter, descending }) => {
      const { store } = await setup();
      // As after an outage of the disk; and a clock that was set back.
      const long = [0, 400, 1_000, 1_001, 9_000, 2_000, 2_400, 30_000];
      const short = Array.from({ length: 6 }, (_, number) => number);
      const batches = [
        long,
        [5_000, 5_001],
        short.map((number) => 20_000 + number),
        [0, 20_001],
        short,
        [900, 1_900],
        short.map((number) => 20_900 + number),
      ].map((times, number) =>
        logBatch({ executionId: "e1", lines: times.map((time) => line(time, `${number}+${time}`)) }),
      );
      await store.commit({ logs: batches });
      const sort = [{ key: "timestamp", descending } as const];
      const read: string[] = [];
      for (let offset = 0; offset < 32; offset += 5) {
        const { rows, total } = await store.logs.search({ tenant: TENANT, ...filter }, { offset, limit: 5, sort });
        expect(total).toBe(32);
        read.push(...rows.map(({ message }) => message));
      }
      // What has the same time keeps the order in which it was written.
      const expected = batches.flatMap(({ lines }) => lines).toSorted((one, other) => one.time - other.time);
      const messages = expected.map(({ message }) => message);
      expect(read).toEqual(descending ? messages.toReversed() : messages);
    },
  );

  test("removal takes the lines that pass the filter and leaves their neighbours", async () => {
    const { store } = await setup();
    await store.commit({ logs: BATCHES });
    await store.commit({ removedLogs: [{ tenant: TENANT, executionId: "e1", minimumLevel: "WARN" }] });
    expect(await find(store, {})).toBe("a0 d0 b1 c0 c1 a2 d1");
    await store.commit({ removedLogs: [{ tenant: TENANT, namespacePrefix: "company.team", before: T0 + 40 }] });
    expect(await find(store, {})).toBe("d0 c1 a2 d1");
    await store.commit({ removedLogs: [{ tenant: TENANT, query: "D" }, { tenant: "other" }] });
    expect(await find(store, {})).toBe("c1 a2");
    await store.commit({ removedLogs: [{ tenant: TENANT }] });
    expect(await find(store, {})).toBe("");
  });
}
