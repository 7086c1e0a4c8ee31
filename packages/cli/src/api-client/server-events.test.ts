import { expect, test } from "vitest";
import { readEvents } from "./server-events.ts";

async function eventsOf(...chunks: string[]) {
  const body = ReadableStream.from(chunks.map((chunk) => new TextEncoder().encode(chunk)));
  return Array.fromAsync(readEvents(new Response(body)));
}

test("events are read across chunks, comments are left out", async () => {
  const events = await eventsOf(": open\n\nid: progress\nda", 'ta: {"n":1}\n', '\nid: end\ndata: {"n":2}\n\n');
  expect(events).toEqual([
    { id: "progress", data: { n: 1 } },
    { id: "end", data: { n: 2 } },
  ]);
});

test("data in several lines is one value, with any line ends", async () => {
  expect(await eventsOf('id: a\r\ndata: {"n":\r\ndata: 3}\r\n\r\n')).toEqual([{ id: "a", data: { n: 3 } }]);
});

test("an event that is cut off is not delivered", async () => {
  expect(await eventsOf('id: a\ndata: {"n":1}')).toEqual([]);
});
