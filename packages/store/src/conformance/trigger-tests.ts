import { expect, test } from "vitest";
import type { TriggerFilter, TriggerRow } from "../store.ts";
import { FIRST_PAGE, T0, TENANT, trigger, type Setup } from "./fixtures.ts";

const ROWS = [
  trigger("daily", { nextDate: T0 + 2, executionId: "e1", date: T0 - 2 }),
  trigger("hourly", { nextDate: T0 + 1, flowId: "bye", date: T0 - 1 }),
  trigger("on-message", { namespace: "company", disabled: true }),
  trigger("poll", { namespace: "company.team.inner", nextDate: T0 }),
];

const CASES: readonly (readonly [string, Omit<TriggerFilter, "tenant">, string])[] = [
  ["nothing", {}, "on-message hourly daily poll"],
  ["a namespace", { namespace: "company.team" }, "hourly daily"],
  ["a namespace and all below", { namespacePrefix: "company.team" }, "hourly daily poll"],
  ["a flow", { flowId: "bye" }, "hourly"],
  ["text of a trigger", { query: "DAI" }, "daily"],
  ["text of a flow", { query: "by" }, "hourly"],
  ["text of a namespace", { query: "inner" }, "poll"],
  ["disabled ones", { disabled: true }, "on-message"],
  ["enabled ones", { disabled: false }, "hourly daily poll"],
  ["locked ones", { locked: true }, "daily"],
  ["free ones", { locked: false }, "on-message hourly poll"],
  ["due from a date on", { nextAfter: T0 + 1 }, "hourly daily"],
  ["due until a date", { nextBefore: T0 + 1 }, "hourly poll"],
  ["evaluated since", { lastAfter: T0 - 1 }, "hourly"],
  ["evaluated before", { lastBefore: T0 - 1 }, "hourly daily"],
  ["some triggers", { texts: [{ field: "triggerId", operator: "IN", values: ["poll", "daily"] }] }, "daily poll"],
  ["the end of a trigger", { texts: [{ field: "triggerId", operator: "ENDS_WITH", values: ["LY"] }] }, "hourly daily"],
  [
    "other flows",
    { texts: [{ field: "flowId", operator: "IN", values: ["bye"], negated: true }] },
    "on-message daily poll",
  ],
];

export function triggerTests(setup: Setup): void {
  triggerListTests(setup);
  wakeTests(setup);
}

/** Rows of triggers and their lists. */
function triggerListTests(setup: Setup): void {
  test("a trigger is replaced whole and removed", async () => {
    const { store } = await setup();
    const backfill = { start: T0, end: T0 + 9, currentDate: T0 + 3, paused: true, inputs: { a: 1 }, labels: [] };
    const row = trigger("daily", { date: T0, nextDate: T0 + 1, executionId: "e1", backfill, memory: { last: "x" } });
    await store.commit({ triggers: [row] });
    expect(await store.triggers.get(row)).toStrictEqual(row);
    const replaced = trigger("daily", { disabled: true });
    await store.commit({ triggers: [replaced] });
    expect(await store.triggers.get(row)).toStrictEqual(replaced);
    const { tenant, namespace, flowId, triggerId } = row;
    await store.commit({ removedTriggers: [{ tenant, namespace, flowId, triggerId }] });
    expect(await store.triggers.get(row)).toBeUndefined();
  });

  test("every filter finds exactly its matches", async () => {
    const { store } = await setup();
    await store.commit({ triggers: [...ROWS, trigger("foreign", { tenant: "other" })] });
    for (const [title, filter, expected] of CASES) {
      const page = await store.triggers.search({ tenant: TENANT, ...filter }, FIRST_PAGE);
      expect(page.rows.map((row) => row.triggerId).join(" "), title).toBe(expected);
      expect(page.total, title).toBe(page.rows.length);
    }
  });

  test("sorted by the next date, those without one first, in pages", async () => {
    const { store } = await setup();
    await store.commit({ triggers: ROWS });
    const sort = [{ key: "nextDate", descending: false } as const];
    const page = await store.triggers.search({ tenant: TENANT }, { offset: 0, limit: 3, sort });
    expect(page.rows.map((row) => row.triggerId)).toEqual(["on-message", "poll", "hourly"]);
    expect(page.total).toBe(4);
    const latest = { ...FIRST_PAGE, sort: [{ key: "date", descending: true } as const] };
    const byDate = await store.triggers.search({ tenant: TENANT }, latest);
    expect(byDate.rows.map((row) => row.triggerId)).toEqual(["hourly", "daily", "poll", "on-message"]);
  });

  test("triggers of a flow are listed by their ids", async () => {
    const { store } = await setup();
    await store.commit({ triggers: [...ROWS, trigger("again"), trigger("again", { tenant: "other" })] });
    const rows = await store.triggers.ofFlow({ tenant: TENANT, namespace: "company.team", id: "hello" });
    expect(rows).toEqual([trigger("again"), ROWS[0]]);
  });
}

/** What is due. */
function wakeTests(setup: Setup): void {
  test("triggers to wake come by their time, in pages, of all tenants", async () => {
    const { store } = await setup();
    const rows = [
      trigger("never", { nextDate: T0 }),
      trigger("c", { wakeAt: T0 + 1 }),
      trigger("a", { wakeAt: T0 + 1 }),
      trigger("first", { wakeAt: 0 }),
      trigger("late", { wakeAt: T0 + 3 }),
      trigger("b", { wakeAt: T0 + 1, tenant: "other" }),
    ];
    await store.commit({ triggers: rows });
    const names = (found: readonly TriggerRow[]) => found.map(({ triggerId }) => triggerId).join(" ");
    expect(names(await store.triggers.toWake({ after: -1, until: T0 + 2 }, 10))).toBe("first a c b");
    expect(names(await store.triggers.toWake({ after: 0, until: T0 + 3 }, 10))).toBe("a c b late");
    expect(names(await store.triggers.toWake({ after: T0 + 1, until: T0 + 2 }, 10))).toBe("");
    const page = await store.triggers.toWake({ after: -1, until: T0 + 2 }, 2);
    expect(names(page)).toBe("first a");
    expect(page[1]).toStrictEqual(rows[2]);
    expect(names(await store.triggers.toWake({ after: -1, until: T0 + 2 }, 2, page[1]))).toBe("c b");
    expect(names(await store.triggers.toWake({ after: -1, until: T0 + 3 }, 9, rows[5]))).toBe("late");
    expect(await store.triggers.nextWake(-1)).toBe(0);
    expect(await store.triggers.nextWake(T0 + 1)).toBe(T0 + 3);
    expect(await store.triggers.nextWake(T0 + 3)).toBeUndefined();
    await store.commit({ triggers: [trigger("late")] });
    expect(await store.triggers.nextWake(T0 + 1)).toBeUndefined();
  });
}
