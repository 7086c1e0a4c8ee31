import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { createLogSpool, SPOOL_MEMORY_BYTES } from "./log-spool.ts";

/** Takes one piece after the other, when it is let. */
function createTaker() {
  const taken: Buffer[] = [];
  let open = Promise.withResolvers<void>();
  let isTaking = false;
  return {
    take: async (bytes: Buffer) => {
      expect(isTaking).toBe(false);
      isTaking = true;
      taken.push(bytes);
      await open.promise;
      isTaking = false;
    },
    release: () => open.resolve(),
    stall: () => {
      open = Promise.withResolvers<void>();
    },
    content: () => Buffer.concat(taken).toString(),
  };
}

const PIECE = SPOOL_MEMORY_BYTES / 4;
const piece = (index: number) => Buffer.alloc(PIECE, String(index % 10));
const joined = (count: number) =>
  Array.from({ length: count }, (_, index) => String(index % 10).repeat(PIECE)).join("");

test("whoever pushes does not wait for whoever takes, and all comes in its order", async () => {
  const taker = createTaker();
  const spool = createLogSpool(taker.take);
  for (let index = 0; index < 20; index += 1) await spool.push(piece(index));
  expect(taker.content().length).toBe(PIECE);
  taker.release();
  await spool.drained();
  expect(taker.content()).toBe(joined(20));
});

test("what comes while the rest is taken comes behind it", async () => {
  const taker = createTaker();
  const spool = createLogSpool(taker.take);
  for (let index = 0; index < 60; index += 1) {
    if (index % 7 === 3) taker.release();
    if (index % 7 === 0) taker.stall();
    await spool.push(piece(index));
    if (index % 5 === 0) await turn();
  }
  taker.release();
  await spool.drained();
  expect(taker.content()).toBe(joined(60));
});

test("it leaves no file, and starts again from none", async () => {
  const taker = createTaker();
  const spool = createLogSpool(taker.take);
  for (let round = 0; round < 3; round += 1) {
    taker.stall();
    for (let index = 0; index < 10; index += 1) await spool.push(piece(round * 10 + index));
    expect((await readdir(tmpdir())).filter((name) => name.startsWith("capstan-log-"))).toEqual([]);
    taker.release();
    await spool.drained();
  }
  expect(taker.content()).toBe(joined(30));
});

test("when its file is as large as it may become, whoever pushes waits", async () => {
  const taker = createTaker();
  const spool = createLogSpool(taker.take, { fileBytesMax: 2 * PIECE });
  let pushed = 0;
  const pushing = (async () => {
    for (let index = 0; index < 12; index += 1) {
      await spool.push(piece(index));
      pushed += 1;
    }
  })();
  await expect.poll(() => pushed, { timeout: 10_000 }).toBeGreaterThan(5);
  for (let turns = 0; turns < 50; turns += 1) await turn();
  expect(pushed).toBeLessThan(12);
  taker.release();
  await pushing;
  await spool.drained();
  expect(taker.content()).toBe(joined(12));
});

test("what taking throws is told to whoever pushes, and at the end", async () => {
  const spool = createLogSpool(async () => {
    throw new Error("no room");
  });
  await spool.push(piece(0));
  await expect(spool.drained()).rejects.toThrow("no room");
  await expect(spool.push(piece(1))).rejects.toThrow("no room");
});
