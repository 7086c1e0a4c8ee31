import { createMemoryStore, type IdempotencyKeyRow, type Store, StoreError } from "@capstan/store";
import { pino } from "pino";
import { expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { NAMESPACE, recordedStore, runtimeByHand, TENANT } from "../executor/test-kit/runtime-by-hand.ts";
import { createRequestKeys, type HeldKey } from "./request-keys.ts";
import { KEYS_PER_SWEEP_MAX } from "./sweep.ts";

const FLOW = `id: work\nnamespace: ${NAMESPACE}\ntasks: [{ id: t, type: test.Wait }]`;
const SCOPE = { tenant: TENANT, principal: "", route: "POST /executions/company/work", key: "k1" };
const HOUR = 3_600_000;

type World = Awaited<ReturnType<typeof runtimeByHand>>;

function create({ runtime }: World, requestKey: HeldKey) {
  return runtime.executions.create({ tenant: TENANT, namespace: NAMESPACE, flowId: "work", requestKey });
}

async function identified({ runtime }: World, scope: Partial<typeof SCOPE> = {}): Promise<HeldKey> {
  const held = await runtime.requestKeys.hold({ ...SCOPE, ...scope });
  held.identify("request");
  return held;
}

async function executionsIn(store: Store): Promise<readonly string[]> {
  const { rows } = await store.executions.search({ tenant: TENANT }, { offset: 0, limit: 10 });
  return rows.map(({ id }) => id);
}

test("whichever commit was the last before a crash, the key is known if and only if the execution is", async () => {
  const { store, left } = recordedStore();
  const world = await runtimeByHand(store, [FLOW]);
  const held = await identified(world);
  const { id } = await create(world, held);
  held.release();
  expect(left.length).toBeGreaterThan(1);
  for (const from of left) {
    const found = createMemoryStore({ from });
    await found.start();
    const rows = await found.idempotencyKeys.expiring(10);
    expect(rows.map(({ executionId }) => executionId)).toEqual(await executionsIn(found));
  }
  const again = await runtimeByHand(createMemoryStore({ from: left.at(-1)! }), []);
  expect((await identified(again)).kept).toEqual({ executionId: id });
});

test("a key is busy until what is created is durable, and no longer", async () => {
  const world = await runtimeByHand(createMemoryStore(), [FLOW]);
  const held = await identified(world);
  const created = create(world, held);
  held.release();
  await expect(identified(world)).rejects.toMatchObject({ code: "idempotency-key-busy", status: 409 });
  // Of somebody else, or for something else, it is another key.
  for (const other of [{ tenant: "other" }, { principal: "ada" }, { route: "POST /flows" }, { key: "k2" }])
    expect((await identified(world, other)).kept).toBeUndefined();
  const { id } = await created;
  const repeats = await Promise.all([identified(world), identified(world)]);
  expect(repeats.map(({ kept }) => kept)).toEqual([{ executionId: id }, { executionId: id }]);
});

test("a key of a request that was refused is free again", async () => {
  const world = await runtimeByHand(createMemoryStore(), [FLOW]);
  const held = await identified(world);
  const request = { tenant: TENANT, namespace: NAMESPACE, flowId: "none", requestKey: held };
  await expect(world.runtime.executions.create(request)).rejects.toMatchObject({ code: "flow-not-found" });
  held.release();
  expect((await identified(world)).kept).toBeUndefined();
});

test("another request with a key that is known is refused", async () => {
  const world = await runtimeByHand(createMemoryStore(), [FLOW]);
  const held = await identified(world);
  await create(world, held);
  held.release();
  const other = await world.runtime.requestKeys.hold(SCOPE);
  expect(() => other.identify("another request")).toThrow(
    expect.objectContaining({ code: "idempotency-key-reused", status: 422 }),
  );
});

test("who is told that nothing can be written now finds the execution when it sends the request again", async () => {
  const memory = createMemoryStore();
  let isFull = false;
  const freed = Promise.withResolvers<void>();
  const commit: Store["commit"] = async (unit) => {
    if (!isFull) return memory.commit(unit);
    freed.resolve();
    throw new StoreError("store-full", "the disk is full");
  };
  const world = await runtimeByHand({ ...memory, commit }, [FLOW]);
  isFull = true;
  const held = await identified(world);
  await expect(create(world, held)).rejects.toMatchObject({ code: "store-full" });
  held.release();
  await expect(identified(world)).rejects.toMatchObject({ code: "idempotency-key-busy" });
  isFull = false;
  await world.job((await until(() => executionsIn(memory)))[0]!, "t");
  expect((await identified(world)).kept).toEqual({ executionId: (await executionsIn(memory))[0] });
});

test("a key that another process took meanwhile is busy, and nothing is created", async () => {
  const store = createMemoryStore();
  const world = await runtimeByHand(store, [FLOW]);
  const held = await identified(world);
  const theirs: IdempotencyKeyRow = { ...held.row({ executionId: "theirs" }), fingerprint: "request" };
  await store.commit({ idempotencyKeys: [theirs] });
  await expect(create(world, held)).rejects.toMatchObject({ code: "idempotency-key-busy", status: 409 });
  held.release();
  expect(await executionsIn(store)).toEqual([]);
  expect((await identified(world)).kept).toEqual({ executionId: "theirs" });
});

test("parts of a request have keys of their own, which are known with its fingerprint", async () => {
  const world = await runtimeByHand(createMemoryStore(), [FLOW]);
  const held = await identified(world);
  const { id } = await create(world, await held.part("a"));
  expect((await held.part("a")).kept).toEqual({ executionId: id });
  expect((await held.part("b")).kept).toBeUndefined();
  expect(held.isKept).toBe(false);
});

/** Keys over a clock that the test moves, and a store with so many of them. */
async function swept(count: number) {
  const memory = createMemoryStore();
  await memory.start();
  const removals: number[] = [];
  const commit: Store["commit"] = (unit) => {
    if (unit.removedIdempotencyKeys !== undefined) removals.push(unit.removedIdempotencyKeys.length);
    return memory.commit(unit);
  };
  const store = { ...memory, commit };
  let now = 1_000_000;
  const timers: { readonly at: number; readonly callback: () => void }[] = [];
  const clock = {
    ...systemClock,
    now: () => now,
    setTimer: (at: number, callback: () => void) => {
      const timer = { at, callback };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  };
  const row = (id: string): IdempotencyKeyRow => ({
    tenant: TENANT,
    id,
    fingerprint: "f",
    createdAt: now,
    expiresAt: now + HOUR,
  });
  if (count > 0) await store.commit({ idempotencyKeys: Array.from({ length: count }, (_, n) => row(`${n}`)) });
  const keys = createRequestKeys({ store, clock, logger: pino({ level: "silent" }), retentionMs: HOUR });
  /** Fires what is due at a time; resolves when the next timer is set, or none will be. */
  const moveTo = async (at: number) => {
    now = at;
    for (const timer of timers.splice(0)) {
      if (timer.at > now) timers.push(timer);
      else timer.callback();
    }
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return { store, keys, removals, timers, moveTo, start: now };
}

test("keys whose time is over are removed in batches, and nothing waits when none is left", async () => {
  const { store, keys, removals, timers, moveTo, start } = await swept(2 * KEYS_PER_SWEEP_MAX + 1);
  keys.start();
  await moveTo(start);
  expect(timers.map(({ at }) => at)).toEqual([start + HOUR]);
  await moveTo(start + HOUR);
  expect(removals).toEqual([KEYS_PER_SWEEP_MAX, KEYS_PER_SWEEP_MAX, 1]);
  expect(await store.idempotencyKeys.expiring(1)).toEqual([]);
  expect(timers).toEqual([]);
});

test("a key that is taken again when its time is over is not removed meanwhile", async () => {
  const { store, keys, removals, timers, moveTo, start } = await swept(0);
  keys.start();
  await moveTo(start);
  expect(timers).toEqual([]);
  const first = await keys.hold(SCOPE);
  first.identify("f1");
  await first.keep({ answer: { status: 200 } });
  first.release();
  expect(timers.map(({ at }) => at)).toEqual([start + HOUR]);
  await moveTo(start + HOUR - 1);
  expect((await keys.hold(SCOPE)).kept).toEqual({ answer: { status: 200 } });
  // The timer is a moment late: a request comes before it.
  const [timer] = timers.splice(0);
  await moveTo(start + HOUR);
  const second = await keys.hold(SCOPE);
  expect(second.kept).toBeUndefined();
  second.identify("f2");
  timers.push(timer!);
  await moveTo(start + HOUR);
  expect(removals).toEqual([]);
  await second.keep({ answer: { status: 201 } });
  second.release();
  expect((await store.idempotencyKeys.expiring(2)).map(({ fingerprint }) => fingerprint)).toEqual(["f2"]);
  await moveTo(start + 2 * HOUR);
  expect(removals).toEqual([1]);
});

async function until(look: () => Promise<readonly string[]>): Promise<readonly string[]> {
  for (;;) {
    const found = await look();
    if (found.length > 0) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
