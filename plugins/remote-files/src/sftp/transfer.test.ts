import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { SFTPWrapper } from "ssh2";
import { expect, test } from "vitest";
import { contentOf, writeContent } from "./transfer.ts";

const HANDLE = Buffer.from("handle");
/** What is held at most, with the piece that is looked at. */
const HELD_BYTES_MAX = 33 * 32 * 1024;

/** A file in memory whose server answers a little at a time, when it is let. */
function fileOf(content: Buffer, { answerBytesMax = Infinity, failsAt = Infinity } = {}) {
  const written = Buffer.alloc(content.length);
  const seen = { position: 0 };
  const waiting: (() => void)[] = [];
  const sftp = {
    read(_handle: Buffer, piece: Buffer, at: number, length: number, position: number, done: Done) {
      seen.position = Math.max(seen.position, position);
      const count = content.copy(piece, at, position, position + Math.min(length, answerBytesMax));
      if (position >= failsAt) setImmediate(() => done(new Error("the disk is gone"), 0));
      else if (count === 0) setImmediate(() => done(Object.assign(new Error("EOF"), { code: 1 }), 0));
      else setImmediate(() => done(undefined, count));
    },
    write(_handle: Buffer, piece: Buffer, at: number, length: number, position: number, done: Done) {
      piece.copy(written, position, at, at + length);
      waiting.push(() => done(undefined, length));
    },
  };
  return { sftp: sftp as unknown as SFTPWrapper, written, seen, waiting };
}

type Done = (error: Error | undefined, count: number) => void;

const some = (length: number) => Buffer.from(Array.from({ length }, (_, at) => at % 251));

test("answers that are shorter than asked for make the whole", async () => {
  const content = some(200_001);
  const { sftp } = fileOf(content, { answerBytesMax: 1_000 });
  expect(content.equals(await buffer(Readable.from(contentOf(sftp, HANDLE))))).toBe(true);
});

test("a reader that stops has a megabyte held for it, and no more", async () => {
  const { sftp, seen } = fileOf(Buffer.alloc(20_000_000));
  const content = contentOf(sftp, HANDLE);
  let taken = 0;
  while (taken < 5_000_000) taken += (await content.next()).value?.length ?? Number.NaN;
  expect(seen.position).toBeGreaterThan(taken);
  expect(seen.position - taken).toBeLessThanOrEqual(HELD_BYTES_MAX);
});

test("a read that fails is told when its turn comes", async () => {
  const { sftp } = fileOf(Buffer.alloc(200_000), { failsAt: 150_000 });
  await expect(buffer(Readable.from(contentOf(sftp, HANDLE)))).rejects.toThrow("the disk is gone");
});

test("a server that is slow to write has a megabyte given to it, and no more", async () => {
  const content = some(3_000_000);
  const { sftp, written, waiting } = fileOf(content);
  let given = 0;
  const pieces = Readable.from(
    (async function* () {
      for (; given < content.length; given += 100_000) yield content.subarray(given, given + 100_000);
    })(),
    { highWaterMark: 1 },
  );
  const writing = writeContent(sftp, HANDLE, pieces);
  // It goes on no more until something is answered.
  for (let before = -1; before !== waiting.length;) {
    before = waiting.length;
    await new Promise((resolve) => void setImmediate(resolve));
  }
  expect(waiting).toHaveLength(32);
  for (let isDone = false; !isDone;) {
    for (const answer of waiting.splice(0)) answer();
    isDone = await Promise.race([
      writing.then(() => true),
      new Promise<false>((resolve) => void setImmediate(() => resolve(false))),
    ]);
  }
  expect(content.equals(written)).toBe(true);
});
