import { expect, test } from "vitest";
import type { IdempotencyKeyRow } from "../store.ts";
import { commitAll, execution, type Setup, T0, TENANT } from "./fixtures.ts";

const HOUR = 3_600_000;

function row(id: string, changes: Partial<IdempotencyKeyRow> = {}): IdempotencyKeyRow {
  return { tenant: TENANT, id, fingerprint: "f1", createdAt: T0, expiresAt: T0 + HOUR, ...changes };
}

/** What a settled commit came to: `ok`, or the code of the error. */
function outcome(result: PromiseSettledResult<void>): unknown {
  return result.status === "fulfilled" ? "ok" : (result.reason as { code?: unknown }).code;
}

export function idempotencyKeyTests(setup: Setup): void {
  test("a key is kept with what was created in the same unit", async () => {
    const { store, reopen } = await setup();
    const kept = [row("a", { executionId: "e1" }), row("b", { result: { flows: [["company", "hello", 1]] } })];
    await store.commit({ executions: [execution("e1")], idempotencyKeys: kept });
    const again = await reopen();
    expect(await again.idempotencyKeys.get({ tenant: TENANT, id: "a" })).toStrictEqual(kept[0]);
    expect(await again.idempotencyKeys.get({ tenant: TENANT, id: "b" })).toStrictEqual(kept[1]);
    expect(await again.idempotencyKeys.get({ tenant: "other", id: "a" })).toBeUndefined();
  });

  test("of two units with one key the first is kept, and of the second nothing, in one group or in two", async () => {
    const { store } = await setup();
    const unit = (id: string) => ({ executions: [execution(id)], idempotencyKeys: [row("a", { executionId: id })] });
    const settled = await commitAll(store, [unit("e1"), unit("e2"), { executions: [execution("e3")] }]);
    expect(settled.map(outcome)).toEqual(["ok", "store-invalid", "ok"]);
    expect((await commitAll(store, [unit("e4")])).map(outcome)).toEqual(["store-invalid"]);
    const ids = ["e1", "e2", "e3", "e4"];
    const found = await Promise.all(ids.map((id) => store.executions.get(TENANT, id)));
    expect(found.map((one) => one?.id)).toEqual(["e1", undefined, "e3", undefined]);
    expect((await store.idempotencyKeys.get({ tenant: TENANT, id: "a" }))?.executionId).toBe("e1");
  });

  test("the same row again is no other one", async () => {
    const { store } = await setup();
    const unit = { executions: [execution("e1")], idempotencyKeys: [row("a", { executionId: "e1" })] };
    expect((await commitAll(store, [unit, unit])).map(outcome)).toEqual(["ok", "ok"]);
    expect((await commitAll(store, [unit])).map(outcome)).toEqual(["ok"]);
  });

  test("a key is free from the moment at which it expires", async () => {
    const { store } = await setup();
    await store.commit({ idempotencyKeys: [row("a")] });
    const later = (createdAt: number) => row("a", { createdAt, expiresAt: createdAt + HOUR, fingerprint: "f2" });
    expect((await commitAll(store, [{ idempotencyKeys: [later(T0 + HOUR - 1)] }])).map(outcome)).toEqual([
      "store-invalid",
    ]);
    await store.commit({ idempotencyKeys: [later(T0 + HOUR)] });
    expect(await store.idempotencyKeys.get({ tenant: TENANT, id: "a" })).toStrictEqual(later(T0 + HOUR));
  });

  test("keys are listed by the time at which they expire, and go when they are removed", async () => {
    const { store } = await setup();
    const expiring = (id: string, expiresAt: number, tenant = TENANT) => row(id, { expiresAt: T0 + expiresAt, tenant });
    await store.commit({
      idempotencyKeys: [expiring("c", 30), expiring("b", 10), expiring("a", 20, "other"), expiring("d", 10)],
    });
    const ids = async (limit: number) => (await store.idempotencyKeys.expiring(limit)).map(({ id }) => id).join(" ");
    expect(await ids(10)).toBe("b d a c");
    expect(await ids(2)).toBe("b d");
    await store.commit({
      removedIdempotencyKeys: [expiring("b", 0), expiring("a", 0, "other"), expiring("none", 0)],
    });
    expect(await ids(10)).toBe("d c");
    // Free at once: whoever removed it knows that it is over.
    await store.commit({ removedIdempotencyKeys: [expiring("d", 0)] });
    await store.commit({ idempotencyKeys: [expiring("d", 40)] });
    expect(await ids(10)).toBe("c d");
  });
}
