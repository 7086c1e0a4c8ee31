import { expect, test } from "vitest";
import type { ExecutionFilter, LogFilter, LogPlace, Page, PageRequest } from "../store.ts";
import { execution, flow, line, logBatch, T0, TENANT, trigger, type Setup } from "./fixtures.ts";

const LIMIT = 7;

interface List<Place, Row> {
  search(filter: { readonly tenant: string }, page: PageRequest<never, Place>): Promise<Page<Row>>;
}

/** Every row, page behind page; `between` is told after each page. */
async function walk<Place, Row extends Place>(
  list: List<Place, Row>,
  filter: { readonly tenant: string },
  between: (page: number) => Promise<void>,
): Promise<readonly Row[]> {
  const read: Row[] = [];
  for (let page = 0; page < NAMES.length; page += 1) {
    const last = read.at(-1);
    const wanted = { offset: 0, limit: LIMIT, ...(last !== undefined && { after: last }) };
    const { rows, total } = await list.search(filter, wanted);
    expect(total).toBeGreaterThanOrEqual(rows.length);
    read.push(...rows);
    if (rows.length < LIMIT) return read;
    await between(page);
  }
  throw new Error("the walk does not end");
}

const NAMES = Array.from({ length: 30 }, (_, number) => `n${String(number).padStart(2, "0")}`);

const FILTERS: readonly Omit<ExecutionFilter, "tenant">[] = [
  {},
  { namespace: "company.team", flowId: "hello" },
  { namespacePrefix: "company" },
  { flowId: "hello" },
  { query: "hello" },
  { states: ["FAILED"] },
  { states: ["FAILED"], namespace: "company.team", flowId: "hello" },
  { states: ["FAILED", "KILLED"], namespacePrefix: "company" },
  { states: ["FAILED", "SUCCESS"] },
  { labels: [{ key: "env", value: "test" }] },
  { startAfter: T0, startBefore: T0 + 99 },
];

/** Lists that are walked page behind page, while rows come and go. */
export function walkTests(setup: Setup): void {
  test.each(FILTERS)("executions by %j come once each, newest first", async (filter) => {
    const { store } = await setup();
    // Many start in the same millisecond: the id decides.
    const row = (id: string, start: number) =>
      execution(id, { state: "FAILED", start: T0 + start, labels: [{ key: "env", value: "test" }] });
    await store.commit({ executions: NAMES.map((name, number) => row(name, Math.floor(number / 9))) });
    const read = await walk(store.executions, { tenant: TENANT, ...filter }, async (page) => {
      const removed = { tenant: TENANT, id: NAMES.at(-1 - page)!, logs: true, metrics: true };
      await store.commit({ executions: [row(`later${page}`, 50 + page)], removedExecutions: [removed] });
    });
    expect(read.map(({ id }) => id)).toEqual(NAMES.toReversed());
  });

  test("what is behind an execution that is gone is found, and counted", async () => {
    const { store } = await setup();
    await store.commit({ executions: NAMES.map((name) => execution(name)) });
    const { rows } = await store.executions.search({ tenant: TENANT }, { offset: 0, limit: 10 });
    const last = rows.at(-1)!;
    await store.commit({ removedExecutions: [{ tenant: TENANT, id: last.id, logs: true, metrics: true }] });
    const rest = await store.executions.search({ tenant: TENANT }, { offset: 0, limit: 5, after: last });
    expect(rest.rows.map(({ id }) => id)).toEqual(NAMES.toReversed().slice(10, 15));
    expect(rest.total).toBe(20);
  });

  test("flows come once each, by namespace and id", async () => {
    const { store } = await setup();
    const namespaceOf = (number: number) => (number % 2 === 0 ? "company" : "company.team");
    await store.commit({ flows: NAMES.map((id, number) => flow(id, { namespace: namespaceOf(number) })) });
    const read = await walk(store.flows, { tenant: TENANT }, async (page) => {
      await store.commit({
        flows: [
          flow(`a${page}`, { namespace: "a" }),
          flow("n00", { namespace: "company", deleted: true, revision: 2 + page }),
        ],
      });
    });
    const named = NAMES.map((id, number) => `${namespaceOf(number)} ${id}`).toSorted();
    expect(read.map(({ namespace, id }) => `${namespace} ${id}`)).toEqual(named);
  });

  test("triggers come once each, by flow and id", async () => {
    const { store } = await setup();
    await store.commit({ triggers: NAMES.map((name, number) => trigger(name, { flowId: `f${number % 3}` })) });
    const read = await walk(store.triggers, { tenant: TENANT }, async (page) => {
      await store.commit({ triggers: [trigger(`t${page}`, { flowId: "a" })] });
    });
    const named = NAMES.map((name, number) => `f${number % 3} ${name}`).toSorted();
    expect(read.map(({ flowId, triggerId }) => `${flowId} ${triggerId}`)).toEqual(named);
  });

  test.each<Omit<LogFilter, "tenant">>([
    { executionId: "e" },
    {},
    { executionId: "e", levels: ["INFO"] },
    { executionId: "e", query: "+" },
  ])("lines by %j come once each, oldest first, over batches that overlap", async (filter) => {
    const { store } = await setup();
    // Batch n has lines at n, n + 20 and n + 40, and the first lasts over all; they are not written in their order.
    const batches = Array.from({ length: 40 }, (_, number) => {
      const times = number === 0 ? [0, 20, 90] : [number, number + 20, number + 40];
      return logBatch({ executionId: "e", lines: times.map((time) => line(time, `${number}+${time}`)) });
    });
    const shuffled = batches.toSorted((one, other) => order(one.lines[0]!.time) - order(other.lines[0]!.time));
    for (const batch of shuffled) await store.commit({ logs: [batch] });
    const whole = await store.logs.search({ tenant: TENANT, ...filter }, { offset: 0, limit: 1000 });
    expect(whole.rows).toHaveLength(120);
    const read: string[] = [];
    let end: LogPlace | undefined;
    for (;;) {
      const wanted = { offset: 0, limit: LIMIT, ...(end !== undefined && { after: end }) };
      const page = await store.logs.search({ tenant: TENANT, ...filter }, wanted);
      expect(page.total).toBe(120 - read.length);
      read.push(...page.rows.map(({ message }) => message));
      if (page.rows.length < LIMIT) break;
      end = page.end;
    }
    expect(read).toEqual(whole.rows.map(({ message }) => message));
  });
}

/** Some order that is not that of the numbers. */
function order(time: number): number {
  return ((time - T0) * 17) % 41;
}
