import type { MemorySnapshot, Store } from "@capstan/store";
import { expect, test } from "vitest";
import type { Job } from "../worker/worker.ts";
import { NAMESPACE, recordedStore, runtimeByHand, TENANT, until } from "./test-kit/runtime-by-hand.ts";

/** The attempt that is lost counts as one of the three. */
const FLOW = `
id: work
namespace: ${NAMESPACE}
tasks:
  - id: t
    type: test.Wait
    retry: { type: constant, interval: PT0.001S, maxAttempts: 3 }
`;

function keysOf({ identity: { idempotencyKey, attemptKey }, variables }: Job) {
  expect(variables["taskrun"]).toMatchObject({ idempotencyKey, attemptKey });
  return { idempotencyKey, attemptKey };
}

/** A process that goes on from what another one left behind. */
async function next(from: MemorySnapshot) {
  const { store, left } = recordedStore(from);
  return { world: await runtimeByHand(store, []), left };
}

test("an attempt that is given out again after a crash has its keys; a retry and a restart have that of the task run", async () => {
  const { store, left } = recordedStore();
  const world = await runtimeByHand(store, [FLOW]);
  const { id } = await world.create("work");
  const first = await world.job(id, "t");
  world.host.started(first.key, Date.now());
  const keys = keysOf(first);
  expect(keys.attemptKey).not.toBe(keys.idempotencyKey);
  await until(async () => ((await attemptsIn(store, id)) === 1 ? true : undefined));

  const lost = await next(left.at(-1)!);
  // The one that had begun counts.
  const again = await lost.world.job(id, "t", 2);
  expect(keysOf(again)).toEqual(keys);

  lost.world.host.ended(again.key, { state: "FAILED", error: { message: "no luck" } });
  const retry = await lost.world.job(id, "t", again.identity.attempt + 1);
  expect(keysOf(retry).idempotencyKey).toBe(keys.idempotencyKey);
  expect(keysOf(retry).attemptKey).not.toBe(keys.attemptKey);

  lost.world.host.ended(retry.key, { state: "FAILED", error: { message: "no luck" } });
  expect((await lost.world.ended(id)).row.state).toBe("FAILED");
  await lost.world.runtime.executions.restart(TENANT, id);
  const restarted = await lost.world.job(id, "t", retry.identity.attempt + 1);
  expect(keysOf(restarted).idempotencyKey).toBe(keys.idempotencyKey);
  const attemptKeys = [keys, keysOf(retry), keysOf(restarted)].map(({ attemptKey }) => attemptKey);
  expect(new Set(attemptKeys).size).toBe(3);
});

/** How many attempts the store knows to have begun. */
async function attemptsIn(store: Store, id: string): Promise<number | undefined> {
  return (await store.executions.taskRuns(TENANT, id))[0]?.attempts.length;
}
