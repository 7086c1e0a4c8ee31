import { expect, test } from "vitest";
import { createThrottle, THROTTLE_WINDOW_MS, THROTTLED_ADDRESSES_MAX } from "./throttle.ts";

const LIMIT = 3;

function setup() {
  const clock = { now: 0 };
  const throttle = createThrottle(LIMIT, () => clock.now);
  let guesses = 0;
  const guess = (address: string, times: number) => {
    for (let index = 0; index < times; index += 1) throttle.failed(address, `guess ${(guesses += 1)}`);
  };
  return { clock, throttle, guess };
}

test("as many wrong credentials as the limit make an address wait, no other one", () => {
  const { throttle, guess } = setup();
  guess("10.0.0.1", LIMIT - 1);
  expect(throttle.waitMs("10.0.0.1")).toBe(0);
  guess("10.0.0.1", 1);
  expect(throttle.waitMs("10.0.0.1")).toBe(THROTTLE_WINDOW_MS / LIMIT);
  expect(throttle.waitMs("10.0.0.2")).toBe(0);
});

test("one more guess is free after a part of the window, all of them after the whole", () => {
  const { clock, throttle, guess } = setup();
  guess("10.0.0.1", LIMIT);
  clock.now += THROTTLE_WINDOW_MS / LIMIT;
  expect(throttle.waitMs("10.0.0.1")).toBe(0);
  guess("10.0.0.1", 1);
  expect(throttle.waitMs("10.0.0.1")).toBeGreaterThan(0);
  clock.now += THROTTLE_WINDOW_MS;
  guess("10.0.0.1", LIMIT - 1);
  expect(throttle.waitMs("10.0.0.1")).toBe(0);
});

test("the same wrong credential again and again counts once", () => {
  const { throttle } = setup();
  for (let index = 0; index < 100; index += 1) throttle.failed("10.0.0.1", "an old password in a script");
  expect(throttle.waitMs("10.0.0.1")).toBe(0);
});

test.each([
  ["2001:db8:0:1::5", "2001:db8:0:1:ffff::1", true],
  ["2001:db8:0:1::5", "2001:db8:0:2::5", false],
  ["2001:db8::1", "2001:db8:0:0:1::", true],
  ["::1", "::2", true],
  ["fe80::1%eth0", "fe80::2", true],
  ["::ffff:10.0.0.1", "10.0.0.1", true],
  ["::ffff:10.0.0.1", "::ffff:10.0.0.2", false],
])("%s and %s wait together: %s", (one, other, together) => {
  const { throttle, guess } = setup();
  guess(one, LIMIT);
  expect(throttle.waitMs(other) > 0).toBe(together);
});

test("no more addresses are remembered than the limit: the oldest mistake is forgotten first", () => {
  const { throttle, guess } = setup();
  const address = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
  for (let index = 0; index < THROTTLED_ADDRESSES_MAX; index += 1) guess(address(index), LIMIT);
  expect(throttle.waitMs(address(0))).toBeGreaterThan(0);
  guess(address(0), 1);
  guess("172.16.0.1", 1);
  expect(throttle.waitMs(address(0))).toBeGreaterThan(0);
  expect(throttle.waitMs(address(1))).toBe(0);
  expect(throttle.waitMs(address(2))).toBeGreaterThan(0);
});
