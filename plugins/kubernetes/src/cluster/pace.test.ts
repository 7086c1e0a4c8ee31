import { expect, test } from "vitest";
import { createPace } from "./pace.ts";

const NEVER = new AbortController().signal;

test("some go at once, and the next when it is their turn", async () => {
  const pace = createPace(100, 3);
  const begun = performance.now();
  const turns = Array.from({ length: 6 }, async () => {
    await pace.next(NEVER);
    return performance.now() - begun;
  });
  const times = await Promise.all(turns);
  expect(times.slice(3).map((ms, index) => ms >= 10 * (index + 1) - 3)).toEqual([true, true, true]);
});

test("who is not there any more does not wait", async () => {
  const pace = createPace(0.001, 1);
  await pace.next(NEVER);
  const end = new AbortController();
  const waiting = pace.next(end.signal);
  end.abort(new Error("killed"));
  await expect(waiting).rejects.toThrow("aborted");
  await expect(pace.next(end.signal)).rejects.toThrow("killed");
});
