import { expect, test } from "vitest";
import { stoppedClock } from "./test-kit/stopped-clock.ts";
import { createTimerQueue } from "./timer-queue.ts";

const timer = (key: string, at: number) => ({ tenant: "main", executionId: "e", key, at });

test("a timer that was cleared, or announced anew, before it was durable never comes", () => {
  const clock = stoppedClock(0);
  const due: string[] = [];
  const timers = createTimerQueue(clock, ({ key, at }) => due.push(`${key} ${at}`));
  const [cleared, first, second] = [timer("cleared", 10), timer("moved", 10), timer("moved", 20)];
  for (const each of [cleared, first, second]) timers.announce(each);
  timers.clear("main", "e", "cleared");
  for (const each of [cleared, first, second]) timers.setAnnounced(each);
  clock.pass(10);
  expect(due).toEqual([]);
  clock.pass(10);
  expect(due).toEqual(["moved 20"]);
});
