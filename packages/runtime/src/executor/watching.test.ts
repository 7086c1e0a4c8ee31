import type { ExecutionRow, State } from "@capstan/engine";
import type { Store } from "@capstan/store";
import { expect, test } from "vitest";
import type { Clock } from "../clock.ts";
import type { FollowEvent } from "../services.ts";
import { createFollowers } from "./followers.ts";
import { createWatching } from "./watching.ts";

const KEY = { tenant: "main", id: "e" };
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** An execution whose reading takes a given time, by a clock that the test moves. */
function setup({ readMs }: { readonly readMs: number }) {
  const world = { now: 0, state: "RUNNING" as State, isLive: true, isAway: false, reads: 0 };
  const timers = new Map<() => void, number>();
  const clock: Clock = {
    now: () => world.now,
    elapsedMs: () => world.now,
    setTimer: (at, callback) => {
      timers.set(callback, at);
      return () => timers.delete(callback);
    },
    defer: setImmediate,
  };
  const executions = {
    get: async () => {
      if (world.isAway) throw new Error("away");
      world.reads += 1;
      world.now += readMs;
      return { id: KEY.id, state: world.state } as ExecutionRow;
    },
    taskRuns: async () => [],
  };
  const followers = createFollowers();
  const executor = { get: () => (world.isLive ? ({} as never) : undefined) };
  const watching = createWatching({ store: { executions } as unknown as Store, executor, followers, clock });
  const events: FollowEvent[] = [];
  const following = watching.follow(KEY.tenant, KEY.id, (event) => events.push(event));
  const change = async () => {
    followers.changed(KEY);
    await settled();
  };
  const pass = async (milliseconds: number) => {
    world.now += milliseconds;
    for (const [callback, at] of timers) {
      if (at > world.now) continue;
      timers.delete(callback);
      callback();
    }
    await settled();
  };
  return { world, events, following, change, pass, timers };
}

test("a follower hears of each change of an execution that is quickly read", async () => {
  const { events, change } = setup({ readMs: 0 });
  await settled();
  await change();
  await change();
  expect(events).toHaveLength(3);
});

test("changes of one that takes long to read are told together, and its end at once", async () => {
  const { world, events, change, pass, timers } = setup({ readMs: 10 });
  await settled();
  for (let count = 0; count < 5; count += 1) await change();
  expect(events).toHaveLength(1);
  await pass(89);
  expect(events).toHaveLength(1);
  await pass(1);
  expect(events).toHaveLength(2);
  await change();
  Object.assign(world, { state: "SUCCESS", isLive: false });
  await change();
  expect(events.map(({ last }) => last)).toEqual([false, false, true]);
  await pass(1_000);
  expect([events.length, timers.size]).toEqual([3, 0]);
});

test("a store that does not answer is asked again", async () => {
  const { world, events, change, pass } = setup({ readMs: 0 });
  await settled();
  world.isAway = true;
  await change();
  await change();
  world.isAway = false;
  await pass(1_000);
  expect(events).toHaveLength(2);
});

test("who stops to follow hears nothing more, not even of what is being read", async () => {
  const { events, following, change, pass, timers } = setup({ readMs: 10 });
  following.stop();
  await settled();
  await change();
  await pass(1_000);
  expect([events.length, timers.size]).toEqual([0, 0]);
});
