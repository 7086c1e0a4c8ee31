import { expect, test } from "vitest";
import { createClock } from "./clock.ts";

const HOUR_MS = 3_600_000;

/** A machine whose clock can be set; `pass` lets time pass and answers when timers called back, in milliseconds since its start. */
function setup() {
  let passedMs = 0;
  let aheadMs = 1_000 * HOUR_MS;
  let timers: { readonly at: number; readonly callback: () => void }[] = [];
  const clock = createClock({
    now: () => passedMs + aheadMs,
    elapsedMs: () => passedMs,
    after: (milliseconds, callback) => {
      const timer = { at: passedMs + milliseconds, callback };
      timers.push(timer);
      return () => (timers = timers.filter((other) => other !== timer));
    },
    defer: (callback) => callback(),
  });
  const rung: number[] = [];
  return {
    clock,
    rung,
    arm: (atMs: number) => clock.setTimer(atMs, () => void rung.push(passedMs)),
    set: (byMs: number) => (aheadMs += byMs),
    pass: (milliseconds: number) => {
      const until = passedMs + milliseconds;
      for (;;) {
        const next = timers.toSorted((one, other) => one.at - other.at)[0];
        if (next === undefined || next.at > until) break;
        passedMs = Math.max(passedMs, next.at);
        timers = timers.filter((timer) => timer !== next);
        next.callback();
      }
      passedMs = until;
      return rung;
    },
    armed: () => timers.length,
  };
}

test("a timer calls back at its date, once", () => {
  const { clock, arm, pass } = setup();
  arm(clock.now() + HOUR_MS);
  arm(clock.now() - 5);
  expect(pass(2 * HOUR_MS)).toEqual([0, HOUR_MS]);
});

test("a timer that is cancelled never calls back, however long it has waited", () => {
  const { clock, arm, pass, armed } = setup();
  const cancel = arm(clock.now() + HOUR_MS);
  pass(HOUR_MS / 2);
  cancel();
  expect([pass(HOUR_MS), armed()]).toEqual([[], 0]);
});

test("a timer notices within seconds that the clock was set ahead, or that the machine slept", () => {
  const { clock, arm, set, pass } = setup();
  arm(clock.now() + 10 * HOUR_MS);
  pass(HOUR_MS);
  set(9 * HOUR_MS);
  const [rung] = pass(60_000);
  expect(rung).toBeLessThanOrEqual(HOUR_MS + 10_000);
});

test("what waits for some time waits no longer when the clock is set back", () => {
  const { clock, arm, set, pass } = setup();
  arm(clock.now() + 500);
  set(-HOUR_MS);
  expect(pass(1_000)).toEqual([500]);
});
