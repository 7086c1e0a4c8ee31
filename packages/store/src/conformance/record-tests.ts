import { expect, test } from "vitest";
import type { KeyValueFilter, KeyValueRow } from "../store.ts";
import { addedStart, FIRST_PAGE, T0, TENANT, type Setup } from "./fixtures.ts";

function keyValue(key: string, changes: Partial<KeyValueRow> = {}): KeyValueRow {
  return {
    tenant: TENANT,
    namespace: "company",
    key,
    value: key,
    type: "STRING",
    createdAt: T0,
    updatedAt: T0,
    ...changes,
  };
}

export function recordTests(setup: Setup): void {
  keyValueTests(setup);
  keyValueSearchTests(setup);
  waitingTests(setup);
}

/** Key-values of one namespace. */
function keyValueTests(setup: Setup): void {
  test("a key-value is replaced whole and removed", async () => {
    const { store } = await setup();
    const row = keyValue("a", {
      value: { deep: [1, null, "x"] },
      type: "JSON",
      description: "what",
      expiresAt: T0 + 10,
    });
    await store.commit({ keyValues: [row] });
    expect(await store.keyValues.get(row, T0)).toStrictEqual(row);
    await store.commit({ keyValues: [keyValue("a", { value: null })] });
    expect(await store.keyValues.get(row, T0 + 10)).toStrictEqual(keyValue("a", { value: null }));
    await store.commit({ removedKeyValues: [{ tenant: TENANT, namespace: "company", key: "a" }] });
    expect(await store.keyValues.get(row, T0)).toBeUndefined();
  });

  test("an expired key-value reads as missing from its date on", async () => {
    const { store } = await setup();
    const row = keyValue("a", { expiresAt: T0 + 10 });
    await store.commit({ keyValues: [row, keyValue("b")] });
    expect(await store.keyValues.get(row, T0 + 9)).toEqual(row);
    expect(await store.keyValues.get(row, T0 + 10)).toBeUndefined();
    expect((await store.keyValues.list(TENANT, "company", T0 + 10)).map(({ key }) => key)).toEqual(["b"]);
  });

  test("key-values of one namespace are listed by key, also by prefix", async () => {
    const { store } = await setup();
    const rows = ["b", "a_1", "a%", "a", "é"].map((key) => keyValue(key));
    const foreign = [keyValue("a2", { namespace: "company.team" }), keyValue("a3", { tenant: "other" })];
    await store.commit({ keyValues: [...rows, ...foreign] });
    const keys = async (prefix?: string): Promise<readonly string[]> =>
      (await store.keyValues.list(TENANT, "company", T0, prefix)).map(({ key }) => key);
    expect(await keys()).toEqual(["a", "a%", "a_1", "b", "é"]);
    expect(await keys("a")).toEqual(["a", "a%", "a_1"]);
    expect(await keys("a%")).toEqual(["a%"]);
    expect(await keys("x")).toEqual([]);
  });
}

/** Key-values of all namespaces. */
function keyValueSearchTests(setup: Setup): void {
  test("key-values of all namespaces are searched, in pages", async () => {
    const { store } = await setup();
    const row = (namespace: string, key: string, changes: Partial<KeyValueRow> = {}) =>
      keyValue(key, { namespace, ...changes });
    await store.commit({
      keyValues: [
        row("company", "b", { updatedAt: T0 + 1 }),
        row("company.team", "a", { updatedAt: T0 + 2, expiresAt: T0 + 50 }),
        row("company.team", "Big"),
        row("other", "gone", { expiresAt: T0 + 10 }),
        row("other", "theirs", { tenant: "other" }),
      ],
    });
    const find = async (filter: Omit<KeyValueFilter, "tenant">, page: object = {}) => {
      const found = await store.keyValues.search({ tenant: TENANT, ...filter }, T0 + 10, { ...FIRST_PAGE, ...page });
      return [found.rows.map(({ key }) => key).join(" "), found.total];
    };
    expect(await find({})).toEqual(["b Big a", 3]);
    expect(await find({}, { offset: 1, limit: 1 })).toEqual(["Big", 3]);
    expect(await find({}, { sort: [{ key: "updatedAt", descending: true }] })).toEqual(["a b Big", 3]);
    expect(await find({}, { sort: [{ key: "expiresAt", descending: false }] })).toEqual(["b Big a", 3]);
    expect(await find({ namespace: "company" })).toEqual(["b", 1]);
    expect(await find({ namespacePrefix: "company" })).toEqual(["b Big a", 3]);
    expect(await find({ query: "B" })).toEqual(["b Big", 2]);
    expect(await find({ updatedAfter: T0 + 1 })).toEqual(["b a", 2]);
    expect(await find({ updatedBefore: T0 + 1 })).toEqual(["b Big", 2]);
    expect(await find({ texts: [{ field: "namespace", operator: "ENDS_WITH", values: [".team"] }] })).toEqual([
      "Big a",
      2,
    ]);
    expect(await find({ texts: [{ field: "key", operator: "STARTS_WITH", values: ["bi"] }] })).toEqual(["Big", 1]);
    expect(await find({ texts: [{ field: "key", operator: "IN", values: ["a"], negated: true }] })).toEqual([
      "b Big",
      2,
    ]);
  });
}

/** Timers, messages and documents. */
function waitingTests(setup: Setup): void {
  test("timers are listed earliest first, move when set again and go when cleared", async () => {
    const { store } = await setup();
    const timer = (executionId: string, key: string, at: number) => ({ tenant: TENANT, executionId, key, at: T0 + at });
    await store.commit({ timers: [timer("e1", "pause", 30), timer("e1", "retry", 10), timer("e2", "pause", 20)] });
    expect(await store.timers.all()).toEqual([
      timer("e1", "retry", 10),
      timer("e2", "pause", 20),
      timer("e1", "pause", 30),
    ]);
    await store.commit({ timers: [timer("e1", "pause", 5)], clearedTimers: [timer("e2", "pause", 0)] });
    expect(await store.timers.all()).toEqual([timer("e1", "pause", 5), timer("e1", "retry", 10)]);
  });

  test("messages are listed in the order of arrival until they are taken", async () => {
    const { store, reopen } = await setup();
    const message = (id: string, body: string, executionId = "e1") => ({ tenant: TENANT, executionId, id, body });
    await store.commit({ messages: [message("z", "first"), message("a", "second", "e9")] });
    await store.commit({ messages: [message("m", "third")] });
    const again = await reopen();
    await again.commit({ messages: [message("b", "fourth")] });
    expect((await again.messages.all()).map(({ body }) => body)).toEqual(["first", "second", "third", "fourth"]);
    await again.commit({ takenMessages: [message("a", "", "e9"), message("none", "")] });
    expect((await again.messages.all()).map(({ body }) => body)).toEqual(["first", "third", "fourth"]);
  });

  test("a message sent again keeps its place", async () => {
    const { store } = await setup();
    const message = (id: string, body: number) => ({ tenant: TENANT, executionId: "e1", id, body });
    await store.commit({ messages: [message("a", 1), message("b", 2), message("a", 3)] });
    expect((await store.messages.all()).map(({ body }) => body)).toEqual([3, 2]);
  });

  test("starts are added to executions until they are taken, each for itself", async () => {
    const { store, reopen } = await setup();
    const foreign = { ...addedStart("e1", 3), tenant: "other" };
    await store.commit({ addedStarts: [addedStart("e1", 2), addedStart("e1", 10), addedStart("e2", 1), foreign] });
    const trigger = { id: "hook", type: "a.B", variables: { body: "é \u0000" } };
    await store.commit({ addedStarts: [addedStart("e1", 1, { trigger })] });
    const again = await reopen();
    const of = (...ids: string[]) => again.addedStarts.of(ids.map((id) => ({ tenant: TENANT, id })));
    const [second, tenth] = [addedStart("e1", 2), addedStart("e1", 10)];
    expect(await of("e2", "e1", "none")).toStrictEqual([
      addedStart("e2", 1),
      addedStart("e1", 1, { trigger }),
      second,
      tenth,
    ]);
    await Promise.all([
      again.commit({ addedStarts: [addedStart("e1", 11)] }),
      again.commit({ takenStarts: [1, 2, 11].map((number) => ({ tenant: TENANT, executionId: "e1", number })) }),
    ]);
    expect(await of("e1")).toStrictEqual([tenth]);
    expect(await again.addedStarts.of([{ tenant: "other", id: "e1" }])).toStrictEqual([foreign]);
  });

  test("documents are kept by kind and id", async () => {
    const { store } = await setup();
    const document = (kind: string, id: string, body: string) => ({ tenant: TENANT, kind, id, body, updatedAt: T0 });
    await store.commit({
      documents: [document("setting", "b", "1"), document("setting", "a", "2"), document("dashboard", "a", "3")],
    });
    await store.commit({
      documents: [document("setting", "b", "4"), { ...document("setting", "x", "5"), tenant: "other" }],
    });
    expect(await store.documents.get(document("setting", "b", ""))).toStrictEqual(document("setting", "b", "4"));
    expect(await store.documents.get(document("setting", "x", ""))).toBeUndefined();
    expect((await store.documents.list(TENANT, "setting")).map(({ body }) => body)).toEqual(["2", "4"]);
    expect((await store.documents.ofKind("setting")).map(({ id, tenant }) => [tenant, id])).toEqual([
      [TENANT, "a"],
      [TENANT, "b"],
      ["other", "x"],
    ]);
    await store.commit({ removedDocuments: [document("setting", "a", "")] });
    expect((await store.documents.list(TENANT, "setting")).map(({ id }) => id)).toEqual(["b"]);
  });
}
