import { expect, test } from "vitest";
import type { FlowFilter } from "../store.ts";
import { flow, FIRST_PAGE, T0, TENANT, type Setup } from "./fixtures.ts";

const KEY = { tenant: TENANT, namespace: "company.team", id: "hello" };

const CASES: readonly (readonly [string, Omit<FlowFilter, "tenant">, string])[] = [
  ["nothing", {}, "bye hello later Loud"],
  ["deleted ones too", { includeDeleted: true }, "bye gone hello later Loud"],
  ["a namespace", { namespace: "company.team" }, "hello later"],
  ["a namespace and all below", { namespacePrefix: "company.team" }, "hello later Loud"],
  ["text", { query: "LO" }, "hello Loud"],
  ["text of a namespace", { query: "inner" }, "Loud"],
  ["one of the flows", { texts: [{ field: "id", operator: "IN", values: ["bye", "later", "gone"] }] }, "bye later"],
  ["no such flow", { texts: [{ field: "id", operator: "STARTS_WITH", values: ["l"], negated: true }] }, "bye hello"],
  [
    "the end of a namespace",
    { texts: [{ field: "namespace", operator: "ENDS_WITH", values: ["team"] }] },
    "hello later",
  ],
  ["a label of two values", { labelDemands: [{ key: "a.b", operator: "IN", values: ["1", "2"] }] }, "later"],
  [
    "without a value of a label",
    { labelDemands: [{ key: "team", operator: "CONTAINS", values: ["DAT"], negated: true }] },
    "bye Loud",
  ],
  ["a label", { labels: [{ key: "team", value: "data" }] }, "hello later"],
  [
    "two labels",
    {
      labels: [
        { key: "team", value: "data" },
        { key: "a.b", value: "1" },
      ],
    },
    "later",
  ],
];

export function flowTests(setup: Setup): void {
  revisionTests(setup);
  flowListTests(setup);
  flowTriggerTests(setup);
}

/** Revisions of one flow. */
function revisionTests(setup: Setup): void {
  test("each revision is kept and the latest is what counts", async () => {
    const { store } = await setup();
    const first = flow("hello", {
      description: "says hello",
      checked: '{"id":"hello"}',
      triggers: [{ id: "t", type: "Schedule" }],
    });
    const second = flow("hello", { revision: 2, disabled: true });
    await store.commit({ flows: [first] });
    await store.commit({ flows: [second] });
    expect(await store.flows.get(KEY)).toStrictEqual(second);
    expect(await store.flows.get(KEY, { revision: 1 })).toStrictEqual(first);
    expect(await store.flows.get(KEY, { revision: 3 })).toBeUndefined();
    expect(await store.flows.revisions(KEY)).toEqual([first, second]);
    expect((await store.flows.search({ tenant: TENANT }, FIRST_PAGE)).rows).toEqual([second]);
  });

  test("an old revision written later doesn't become the latest", async () => {
    const { store } = await setup();
    await store.commit({ flows: [flow("hello", { revision: 2 }), flow("hello", { revision: 1 })] });
    expect((await store.flows.search({ tenant: TENANT }, FIRST_PAGE)).rows.map((row) => row.revision)).toEqual([2]);
    expect((await store.flows.get(KEY))?.revision).toBe(2);
  });

  test("a deleted flow is missing until it is asked for, and can come back", async () => {
    const { store } = await setup();
    const triggers = [{ id: "t", type: "Schedule" }];
    await store.commit({
      flows: [flow("hello", { triggers }), flow("hello", { triggers, revision: 2, deleted: true })],
    });
    expect(await store.flows.get(KEY)).toBeUndefined();
    expect((await store.flows.get(KEY, { includeDeleted: true }))?.revision).toBe(2);
    expect((await store.flows.get(KEY, { revision: 1 }))?.deleted).toBe(false);
    expect(await store.flows.namespaces(TENANT)).toEqual([]);
    expect(await store.flows.withTrigger("Schedule")).toEqual([]);
    await store.commit({ flows: [flow("hello", { triggers, revision: 3 })] });
    expect((await store.flows.get(KEY))?.revision).toBe(3);
    expect(await store.flows.withTrigger("Schedule")).toHaveLength(1);
  });
}

/** Lists of flows. */
function flowListTests(setup: Setup): void {
  test("flows that are asked for at once are each answered as if alone", async () => {
    const { store } = await setup();
    const keys = Array.from({ length: 150 }, (_, number) => ({ ...KEY, id: `many-${number}` }));
    const others = [
      { ...KEY, id: "gone" },
      { ...KEY, tenant: "other", id: "many-1" },
      { ...KEY, id: "absent" },
    ];
    const rows = keys.map(({ id }, number) => flow(id, { revision: 1 + (number % 2) }));
    await store.commit({
      flows: [...rows, flow("gone", { deleted: true }), flow("many-1", { tenant: "other", source: "another" })],
    });
    const found = await Promise.all([...keys, ...others, keys[3]!].map((key) => store.flows.get(key)));
    const [gone, other, absent, again] = found.slice(keys.length);
    expect(found.slice(0, keys.length).map((row) => [row?.id, row?.revision])).toEqual(
      rows.map(({ id, revision }) => [id, revision]),
    );
    expect([gone, other?.source, absent, again?.id]).toEqual([undefined, "another", undefined, "many-3"]);
    const [first, deleted] = await Promise.all([
      store.flows.get(keys[0]!, { revision: 1 }),
      store.flows.get(others[0]!, { includeDeleted: true }),
    ]);
    expect([first?.id, deleted?.deleted]).toEqual(["many-0", true]);
  });

  test("every filter finds exactly its matches", async () => {
    const { store } = await setup();
    await store.commit({
      flows: [
        flow("hello", { labels: { team: "data" } }),
        flow("later", { labels: { team: "data", "a.b": "1" } }),
        flow("bye", { namespace: "company" }),
        flow("Loud", { namespace: "company.team.inner" }),
        flow("gone", { namespace: "company", deleted: true }),
        flow("foreign", { tenant: "other" }),
      ],
    });
    for (const [title, filter, expected] of CASES) {
      const page = await store.flows.search({ tenant: TENANT, ...filter }, FIRST_PAGE);
      expect(page.rows.map((row) => row.id).join(" "), title).toBe(expected);
      expect(page.total, title).toBe(page.rows.length);
    }
  });

  test("the keys of all flows of a tenant are listed, deleted ones too", async () => {
    const { store } = await setup();
    const gone = flow("gone", { namespace: "company", deleted: true });
    const latest = flow("hello", { revision: 2 });
    await store.commit({ flows: [flow("hello"), latest, gone, flow("foreign", { tenant: "other" })] });
    const keyOf = (namespace: string, id: string) => ({ tenant: TENANT, namespace, id });
    expect(await store.flows.keys(TENANT)).toStrictEqual([keyOf("company", "gone"), keyOf("company.team", "hello")]);
  });

  test("sorted by date, in pages", async () => {
    const { store } = await setup();
    await store.commit({ flows: [3, 1, 2].map((at) => flow(`f${at}`, { updatedAt: T0 + at })) });
    const sort = [{ key: "updatedAt", descending: true } as const];
    const page = await store.flows.search({ tenant: TENANT }, { offset: 1, limit: 2, sort });
    expect(page.rows.map((row) => row.id)).toEqual(["f2", "f1"]);
    expect(page.total).toBe(3);
  });

  test("namespaces of a tenant are listed once each, sorted", async () => {
    const { store } = await setup();
    const namespaces = ["b", "a.c", "b", "a"];
    await store.commit({ flows: namespaces.map((namespace, number) => flow(`f${number}`, { namespace })) });
    await store.commit({ flows: [flow("foreign", { namespace: "z", tenant: "other" })] });
    expect(await store.flows.namespaces(TENANT)).toEqual(["a", "a.c", "b"]);
  });
}

/** What triggers need to know of flows. */
function flowTriggerTests(setup: Setup): void {
  test("flows with a trigger of a type, of all tenants, are listed without their sources", async () => {
    const { store } = await setup();
    const typed = (...types: readonly string[]) => types.map((type, number) => ({ id: `t${number}`, type }));
    await store.commit({
      flows: [
        flow("plain"),
        flow("timed", { triggers: typed("a.Schedule") }),
        flow("both", { triggers: typed("a.Webhook", "a.Schedule", "a.Schedule") }),
        flow("called", { triggers: typed("a.Webhook") }),
        flow("longer", { triggers: typed("a.ScheduleOnDates") }),
        flow("theirs", { triggers: typed("a.Schedule"), tenant: "other" }),
      ],
    });
    const rows = await store.flows.withTrigger("a.Schedule");
    const { source: _, ...expected } = flow("timed", { triggers: typed("a.Schedule") });
    expect(rows.map((row) => row.id)).toEqual(["both", "timed", "theirs"]);
    expect(rows[1]).toStrictEqual(expected);
    expect((await store.flows.withTrigger("a.Webhook")).map((row) => row.id)).toEqual(["both", "called"]);
    expect(await store.flows.withTrigger("Schedule")).toEqual([]);
    await store.commit({ flows: [flow("both", { revision: 2 })] });
    expect((await store.flows.withTrigger("a.Webhook")).map((row) => row.id)).toEqual(["called"]);
  });

  test("a revision is unapplied until it is said to be applied, and not before its time", async () => {
    const { store } = await setup();
    const keyed = (id: string, tenant = TENANT) => ({ tenant, namespace: "company.team", id });
    await store.commit({ flows: [flow("b"), flow("a"), flow("c", { deleted: true }), flow("d", { tenant: "other" })] });
    const all = [keyed("a"), keyed("b"), keyed("c"), keyed("d", "other")];
    expect(await store.flows.unapplied(10)).toEqual(all);
    expect(await store.flows.unapplied(2)).toEqual(all.slice(0, 2));
    expect(await store.flows.unapplied(2, keyed("b"))).toEqual(all.slice(2));
    await store.commit({ appliedFlows: [keyed("a"), keyed("c")].map((key) => ({ ...key, revision: 1 })) });
    expect(await store.flows.unapplied(10)).toEqual([keyed("b"), keyed("d", "other")]);
    await store.commit({ flows: [flow("a", { revision: 2 })] });
    await store.commit({ appliedFlows: [{ ...keyed("a"), revision: 1 }] });
    expect(await store.flows.unapplied(1)).toEqual([keyed("a")]);
  });
}
