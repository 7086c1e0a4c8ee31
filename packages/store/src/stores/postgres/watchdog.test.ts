import { expect, onTestFinished, test, vi } from "vitest";
import { createWatchdog, type Watched } from "./watchdog.ts";

const SILENCE_MS_MAX = 3_000;

/** A connection of which the test says what it does, and its watchdog. */
function setup(isAtWork: Watched["isAtWork"] = async () => false) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const watched = {
    bytes: 0,
    asked: 0,
    isGivenUp: false,
    traffic: () => watched.bytes,
    isAtWork: (signal: AbortSignal) => {
      watched.asked += 1;
      return isAtWork(signal);
    },
    giveUp: () => void (watched.isGivenUp = true),
  };
  return { watched, watchdog: createWatchdog(watched, SILENCE_MS_MAX) };
}

test("a connection from which nothing is awaited is left alone", async () => {
  const { watched, watchdog } = setup();
  watchdog.begin();
  watchdog.end();
  await vi.advanceTimersByTimeAsync(10 * SILENCE_MS_MAX);
  expect(watched).toMatchObject({ asked: 0, isGivenUp: false });
});

test("silence is noticed in the limit, also when the last byte came at the worst moment", async () => {
  const { watched, watchdog } = setup();
  watchdog.begin();
  watched.bytes += 1;
  await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX / 3);
  expect(watched.asked).toBe(0);
  await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX / 3);
  expect(watched).toMatchObject({ asked: 1, isGivenUp: true });
});

test("who can't be asked in time is silent", async () => {
  const { watched, watchdog } = setup(async () => Promise.reject(new Error("nobody there")));
  watchdog.begin();
  await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX / 3);
  expect(watched.isGivenUp).toBe(true);
});

test("as long as bytes cross, nobody is asked", async () => {
  const { watched, watchdog } = setup();
  watchdog.begin();
  for (let look = 0; look < 10; look += 1) {
    watched.bytes += 1;
    await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX / 3);
  }
  expect(watched).toMatchObject({ asked: 0, isGivenUp: false });
});

test("who works is asked again and again, and waited for", async () => {
  const { watched, watchdog } = setup(async () => true);
  watchdog.begin();
  await vi.advanceTimersByTimeAsync(4 * SILENCE_MS_MAX);
  expect(watched).toMatchObject({ asked: 12, isGivenUp: false });
});

test("an answer that comes while the other side is asked counts, and so does a question that follows", async () => {
  const saying = Promise.withResolvers<boolean>();
  const { watched, watchdog } = setup(() => saying.promise);
  watchdog.begin();
  await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX / 3);
  watchdog.end();
  watchdog.begin();
  saying.resolve(false);
  await vi.advanceTimersByTimeAsync(0);
  expect(watched).toMatchObject({ asked: 1, isGivenUp: false });
  await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX / 3);
  expect(watched).toMatchObject({ asked: 2, isGivenUp: true });
});
