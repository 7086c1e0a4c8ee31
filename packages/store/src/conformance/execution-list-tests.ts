import { expect, test } from "vitest";
import type { ExecutionFilter, ExecutionSortKey, Store } from "../store.ts";
import { execution, FIRST_PAGE, flow, T0, TENANT, type Setup } from "./fixtures.ts";

type Filter = Omit<ExecutionFilter, "tenant">;

/** Ids of all matches, oldest first. */
async function find(store: Store, filter: Filter): Promise<string> {
  const sort = [{ key: "startDate", descending: false } as const];
  const page = await store.executions.search({ tenant: TENANT, ...filter }, { ...FIRST_PAGE, sort });
  expect(page.total).toBe(page.rows.length);
  const counted = await store.executions.search({ tenant: TENANT, ...filter }, { offset: 0, limit: 0 });
  expect(counted).toEqual({ rows: [], total: page.total });
  return page.rows.map((row) => row.id).join(" ");
}

/** a … h, one minute apart. */
const ROWS = [
  execution("a", { start: T0, state: "SUCCESS", labels: [{ key: "team", value: "data" }] }),
  execution("b", { start: T0 + 60_000, state: "FAILED", namespace: "company", flowId: "bye" }),
  execution("c", { start: T0 + 120_000, namespace: "company.team.inner", kind: "TEST" }),
  execution("d", { start: T0 + 180_000, state: "WARNING", namespace: "company.teams", flowId: "bye" }),
  execution("e", { start: T0 + 240_000, state: "QUEUED", parent: { executionId: "a", taskRun: 0 } }),
  execution("f", {
    start: T0 + 300_000,
    state: "SUCCESS",
    trigger: { id: "t", type: "Flow", variables: { executionId: "b" } },
    labels: [
      { key: "team", value: "data" },
      { key: "env", value: "prod" },
      { key: "system.correlationId", value: "b" },
    ],
  }),
  execution("g", {
    start: T0 + 360_000,
    state: "KILLED",
    labels: [
      { key: "system.correlationId", value: "g" },
      { key: "system.from", value: "trigger" },
    ],
  }),
  execution("h", { start: T0 + 420_000, labels: [{ key: "env", value: "dev" }], flowId: "Mixed-Case" }),
];

/** One line per filter; expected are the ids of the matches, oldest first. */
const CASES: readonly (readonly [string, Filter, string])[] = [
  ["nothing", {}, "a b c d e f g h"],
  ["a namespace", { namespace: "company.team" }, "a e f g h"],
  ["a namespace and all below", { namespacePrefix: "company.team" }, "a c e f g h"],
  ["the root of namespaces", { namespacePrefix: "company" }, "a b c d e f g h"],
  ["a flow", { flowId: "bye" }, "b d"],
  ["a flow of a namespace", { namespace: "company", flowId: "bye" }, "b"],
  ["one state", { states: ["SUCCESS"] }, "a f"],
  ["states that live", { states: ["RUNNING", "QUEUED"] }, "c e h"],
  ["states that ended badly", { states: ["FAILED", "KILLED", "WARNING"] }, "b d g"],
  ["states of all sorts", { states: ["FAILED", "RUNNING", "SUCCESS"] }, "a b c f h"],
  ["bad ends of a flow", { states: ["FAILED", "WARNING"], namespace: "company.teams", flowId: "bye" }, "d"],
  ["bad ends of a flow, wherever it is", { states: ["FAILED", "WARNING"], flowId: "bye" }, "b d"],
  [
    "bad ends of a namespace and all below",
    { states: ["FAILED", "KILLED", "WARNING"], namespacePrefix: "company.team" },
    "g",
  ],
  ["a bad end that none came to", { states: ["CANCELLED"] }, ""],
  ["live states of a flow", { states: ["RUNNING", "QUEUED"], namespace: "company.team", flowId: "hello" }, "e"],
  ["a live state of a namespace", { states: ["RUNNING"], namespacePrefix: "company.team.inner" }, "c"],
  ["a start", { startAfter: T0 + 180_000 }, "d e f g h"],
  ["an end of starts", { startBefore: T0 + 60_000 }, "a b"],
  ["a range of starts", { startAfter: T0 + 60_000, startBefore: T0 + 120_000 }, "b c"],
  ["a range of starts of a flow", { startAfter: T0 + 1, namespace: "company.team", flowId: "hello" }, "e f g"],
  ["ends after", { endAfter: T0 + 180_500 }, "d f g"],
  ["ends before", { endBefore: T0 + 60_500 }, "a b"],
  ["bad ends within a range of starts", { startAfter: T0 + 100_000, states: ["FAILED", "WARNING"] }, "d"],
  ["a label", { labels: [{ key: "team", value: "data" }] }, "a f"],
  ["a label with another value", { labels: [{ key: "team", value: "web" }] }, ""],
  [
    "two labels",
    {
      labels: [
        { key: "team", value: "data" },
        { key: "env", value: "prod" },
      ],
    },
    "f",
  ],
  [
    "two labels, the rarer one last",
    {
      labels: [
        { key: "team", value: "data" },
        { key: "team", value: "none" },
      ],
    },
    "",
  ],
  ["a label and a state", { labels: [{ key: "env", value: "dev" }], states: ["RUNNING"] }, "h"],
  ["own correlation", { labels: [{ key: "system.correlationId", value: "g" }] }, "g"],
  ["another's correlation", { labels: [{ key: "system.correlationId", value: "b" }] }, "f"],
  ["who started it", { labels: [{ key: "system.from", value: "trigger" }] }, "g"],
  ["another origin", { labels: [{ key: "system.from", value: "api" }] }, ""],
  [
    "who started it, and its correlation",
    {
      labels: [
        { key: "system.from", value: "trigger" },
        { key: "system.correlationId", value: "g" },
      ],
    },
    "g",
  ],
  ["a correlation that nobody has", { labels: [{ key: "system.correlationId", value: "a" }] }, ""],
  ["a kind", { kinds: ["TEST"] }, "c"],
  ["the usual kind", { kinds: ["NORMAL"], namespace: "company.team" }, "a e f g h"],
  ["kinds", { kinds: ["TEST", "PLAYGROUND"] }, "c"],
  ["a parent", { parentExecutionId: "a" }, "e"],
  ["a triggering execution", { triggerExecutionId: "b" }, "f"],
  ["children", { child: true }, "e f"],
  ["no children", { child: false }, "a b c d g h"],
  ["text of a namespace", { query: "INNER" }, "c"],
  ["text of a flow", { query: "mixed-c" }, "h"],
  ["text of an id", { query: "g" }, "g"],
  ["text with wildcards of SQL", { query: "%" }, ""],
  ["one of namespaces", { texts: [{ field: "namespace", operator: "IN", values: ["company", "x"] }] }, "b"],
  [
    "none of namespaces",
    { texts: [{ field: "namespace", operator: "IN", values: ["company.team"], negated: true }] },
    "b c d",
  ],
  ["none at all", { texts: [{ field: "flowId", operator: "IN", values: [] }] }, ""],
  ["a part of a namespace", { texts: [{ field: "namespace", operator: "CONTAINS", values: ["TEAMS"] }] }, "d"],
  [
    "the beginning of a namespace",
    { texts: [{ field: "namespace", operator: "STARTS_WITH", values: ["company.t"] }] },
    "a c d e f g h",
  ],
  [
    "the end of a namespace",
    { texts: [{ field: "namespace", operator: "ENDS_WITH", values: [".TEAM", "s"] }] },
    "a d e f g h",
  ],
  [
    "within namespaces",
    { texts: [{ field: "namespace", operator: "WITHIN", values: ["company.team"] }] },
    "a c e f g h",
  ],
  [
    "outside of a namespace",
    { texts: [{ field: "namespace", operator: "WITHIN", values: ["company.team"], negated: true }] },
    "b d",
  ],
  ["a flow whose case differs", { texts: [{ field: "flowId", operator: "IN", values: ["mixed-case"] }] }, ""],
  ["the end of a flow", { texts: [{ field: "flowId", operator: "ENDS_WITH", values: ["-CASE"] }] }, "h"],
  ["ids", { texts: [{ field: "id", operator: "IN", values: ["c", "a", "z"] }] }, "a c"],
  ["the beginning of an id", { texts: [{ field: "id", operator: "STARTS_WITH", values: ["C"] }] }, "c"],
  ["triggering executions", { texts: [{ field: "triggerExecutionId", operator: "IN", values: ["b", "c"] }] }, "f"],
  [
    "not caused by an execution, or by another one",
    { texts: [{ field: "triggerExecutionId", operator: "IN", values: ["b"], negated: true }] },
    "a b c d e g h",
  ],
  [
    "two conditions on one field",
    {
      texts: [
        { field: "namespace", operator: "STARTS_WITH", values: ["company."] },
        { field: "namespace", operator: "CONTAINS", values: ["team.inner", "teams"] },
      ],
    },
    "c d",
  ],
  [
    "texts beside other filters",
    { states: ["SUCCESS"], texts: [{ field: "flowId", operator: "CONTAINS", values: ["ell"] }] },
    "a f",
  ],
  ["one of the values of a label", { labelDemands: [{ key: "env", operator: "IN", values: ["dev", "prod"] }] }, "f h"],
  [
    "no such value of a label",
    { labelDemands: [{ key: "env", operator: "IN", values: ["dev"], negated: true }] },
    "a b c d e f g",
  ],
  ["a part of the value of a label", { labelDemands: [{ key: "team", operator: "CONTAINS", values: ["AT"] }] }, "a f"],
  ["labels of the system", { labelDemands: [{ key: "system.from", operator: "STARTS_WITH", values: ["trig"] }] }, "g"],
];

/** Sorted by what, and the ids in that order. */
const ORDERS: readonly (readonly [string, readonly ExecutionSortKey[], string])[] = [
  ["id", ["id"], "a b c d"],
  ["start", ["startDate"], "d b c a"],
  ["end, missing ones first", ["endDate"], "c d b a"],
  ["duration, missing ones first", ["duration"], "c a b d"],
  ["state, then id", ["state", "id"], "d c a b"],
  ["namespace, then start", ["namespace", "startDate"], "d c b a"],
  ["flow", ["flowId"], "b d a c"],
];

function ended(id: string, start: number, durationMs: number, changes: Parameters<typeof execution>[1]) {
  const state = changes?.state ?? "SUCCESS";
  const history = [
    { state: "CREATED", date: T0 + start },
    { state, date: T0 + start + durationMs },
  ] as const;
  return execution(id, { ...changes, state, history, createdAt: T0 + start });
}

export function executionListTests(setup: Setup): void {
  filterAndOrderTests(setup);
  changedRowTests(setup);
}

/** Every filter, every order, every page. */
function filterAndOrderTests(setup: Setup): void {
  test("every filter finds exactly its matches", async () => {
    const { store } = await setup();
    await store.commit({ executions: [...ROWS, execution("x", { tenant: "other" })] });
    for (const [title, filter, expected] of CASES) expect(await find(store, filter), title).toBe(expected);
  });

  test("every order is kept, and turned round", async () => {
    const { store } = await setup();
    await store.commit({
      executions: [
        ended("a", 900, 10, { namespace: "z", flowId: "m" }),
        ended("b", 200, 100, { namespace: "y", flowId: "k" }),
        ended("c", 300, 0, { namespace: "x", flowId: "n", state: "RUNNING" }),
        ended("d", 100, 150, { namespace: "x", flowId: "l", state: "FAILED" }),
      ],
    });
    const search = async (keys: readonly ExecutionSortKey[], descending: boolean): Promise<readonly string[]> => {
      const sort = keys.map((key) => ({ key, descending }));
      return (await store.executions.search({ tenant: TENANT }, { ...FIRST_PAGE, sort })).rows.map((row) => row.id);
    };
    for (const [title, keys, expected] of ORDERS) {
      expect((await search(keys, false)).join(" "), title).toBe(expected);
      expect((await search(keys, true)).toReversed().join(" "), title).toBe(expected);
    }
  });

  test("pages follow each other without gap or overlap, newest first unless asked otherwise", async () => {
    const { store } = await setup();
    const ids = Array.from({ length: 25 }, (_, number) => `e${String(number).padStart(2, "0")}`);
    // Many start in the same millisecond: the id decides.
    await store.commit({ executions: ids.map((id, number) => execution(id, { start: T0 + Math.floor(number / 10) })) });
    const read: string[] = [];
    for (const offset of [0, 10, 20, 30]) {
      const page = await store.executions.search({ tenant: TENANT }, { offset, limit: 10 });
      expect(page.total).toBe(25);
      read.push(...page.rows.map((row) => row.id));
    }
    expect(read).toEqual(ids.toReversed());
  });

  test("a page whose total may be an estimate has the same rows, and more in all while it is full", async () => {
    const { store } = await setup();
    await store.commit({ executions: ROWS });
    for (const states of [undefined, ["FAILED", "KILLED", "WARNING"] as const])
      for (const offset of [0, 2, 9]) {
        const filter = { tenant: TENANT, ...(states !== undefined && { states }) };
        const page = { offset, limit: 2 };
        const { rows, total, isEstimate } = await store.executions.search(filter, { ...page, roughly: true });
        const exact = await store.executions.search(filter, page);
        expect(rows).toEqual(exact.rows);
        if (isEstimate !== true) expect(total).toBe(exact.total);
        else if (rows.length === 2) expect(total).toBeGreaterThan(offset + 2);
        else expect(total).toBeLessThanOrEqual(offset + rows.length);
      }
  });

  test("an execution is found by its id as text, and by that in another case", async () => {
    const { store } = await setup();
    const id = "00VcAUBfglI7OFAxGOAJTh";
    await store.commit({ executions: [execution(id), execution("00VcAUBfglI7OFAxGOAJTi")] });
    for (const query of [id, id.toLowerCase(), id.slice(4)]) expect(await find(store, { query }), query).toBe(id);
  });

  test("a flow is found in the namespace that has it", async () => {
    const { store } = await setup();
    await store.commit({
      flows: [flow("hello", { namespace: "company.team" }), flow("bye", { namespace: "company" })],
      executions: [execution("a"), execution("b", { flowId: "bye", namespace: "company" })],
    });
    expect(await find(store, { flowId: "bye" })).toBe("b");
    await store.commit({
      flows: [flow("bye", { namespace: "company.teams" })],
      executions: [execution("c", { flowId: "bye", namespace: "company.teams", start: T0 + 1 })],
    });
    expect(await find(store, { flowId: "bye" })).toBe("b c");
    expect(await find(store, { flowId: "bye", namespacePrefix: "company.teams" })).toBe("c");
  });

  test("a page whose total nobody asks for has the same rows", async () => {
    const { store } = await setup();
    await store.commit({ executions: ROWS });
    for (const offset of [0, 3, 9]) {
      const page = { offset, limit: 3 };
      const { rows } = await store.executions.search({ tenant: TENANT }, page);
      expect((await store.executions.search({ tenant: TENANT }, { ...page, uncounted: true })).rows).toEqual(rows);
    }
  });
}

/** Rows that change are found by what they are. */
function changedRowTests(setup: Setup): void {
  test("a label that is replaced is found by its new value only", async () => {
    const { store } = await setup();
    const labelled = (value: string) => execution("a", { labels: [{ key: "env", value }] });
    await store.commit({ executions: [labelled("dev")] });
    await store.commit({ executions: [labelled("prod")] });
    expect(await find(store, { labels: [{ key: "env", value: "dev" }] })).toBe("");
    expect(await find(store, { labels: [{ key: "env", value: "prod" }] })).toBe("a");
    await store.commit({ executions: [execution("a")] });
    expect(await find(store, { labels: [{ key: "env", value: "prod" }] })).toBe("");
  });

  test("an execution leaves the list of its old state when its state changes", async () => {
    const { store } = await setup();
    await store.commit({ executions: [execution("a")] });
    await store.commit({ executions: [execution("a", { state: "FAILED" })] });
    expect(await find(store, { states: ["RUNNING"] })).toBe("");
    expect(await find(store, { states: ["FAILED"] })).toBe("a");
    await store.commit({ executions: [execution("a", { state: "KILLED" })] });
    expect(await find(store, { states: ["FAILED"] })).toBe("");
    expect(await find(store, { states: ["KILLED"] })).toBe("a");
    await store.commit({ executions: [execution("a", { state: "RESTARTED" })] });
    expect(await find(store, { states: ["KILLED"] })).toBe("");
    expect(await find(store, { states: ["RESTARTED"] })).toBe("a");
  });
}
