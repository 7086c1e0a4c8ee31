import { once } from "node:events";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { BREAKS_MAX, resumed } from "./resumed.ts";

const CONTENT = "0123456789";

/** What is left behind a position, up to where the line breaks. */
function part(start: number, end: number): Readable {
  return Readable.from(
    (async function* () {
      for (let at = start; at < Math.min(end, CONTENT.length); at += 1) yield Buffer.from(CONTENT[at]!);
      if (end < CONTENT.length) throw new Error("the line broke");
    })(),
  );
}

test("a download goes on where it broke off, each byte once", async () => {
  const asked: number[] = [];
  const again = async (start: number) => {
    asked.push(start);
    return part(start, start + 3);
  };
  expect(await text(resumed(part(2, 4), 2, again))).toBe("23456789");
  expect(asked).toEqual([4, 7]);
});

test("one that breaks again and again without progress fails with what broke it", async () => {
  let asked = 0;
  const again = async (start: number) => {
    asked += 1;
    return part(start, start);
  };
  await expect(text(resumed(part(0, 2), 0, again))).rejects.toThrow("the line broke");
  expect(asked).toBe(BREAKS_MAX);
});

test("what can't be had any more fails with the reason", async () => {
  const again = () => Promise.reject(new Error("it was deleted"));
  await expect(text(resumed(part(0, 2), 0, again))).rejects.toThrow("it was deleted");
});

test("who stops reading ends the download, and nothing is asked for again", async () => {
  const first = part(0, 20);
  const download = resumed(first, 0, () => Promise.reject(new Error("asked again")));
  for await (const chunk of download) {
    expect(String(chunk)).toBe("0");
    break;
  }
  await closed(first);
});

test("a download that nobody reads is ended with it", async () => {
  const first = part(0, 20);
  resumed(first, 0, () => Promise.reject(new Error("asked again"))).destroy();
  await closed(first);
});

/** The time limit of the test tells when it never is. */
async function closed(stream: Readable): Promise<void> {
  if (!stream.closed) await once(stream, "close");
}
