import { connect } from "node:net";
import { once } from "node:events";
import fastify from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { createEventStreams, type EventStream } from "./event-stream.ts";

const MEGABYTE = 1_000_000;
/** More than the operating system keeps for a socket by itself. */
const BEHIND_BYTES = 40 * MEGABYTE;

/** A stream whose reader takes nothing until it is told to. */
async function withStalledReader(bufferBytesMax = 2 * BEHIND_BYTES) {
  const streams = createEventStreams(bufferBytesMax);
  const opened = Promise.withResolvers<EventStream>();
  const server = fastify();
  server.get("/", (_request, reply) => opened.resolve(streams.open(reply)));
  await server.listen({ host: "127.0.0.1", port: 0 });
  const socket = connect((server.server.address() as { port: number }).port, "127.0.0.1");
  socket.pause();
  onTestFinished(async () => {
    socket.destroy();
    streams.endAll();
    await server.close();
  });
  await once(socket, "connect");
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return { streams, stream: await opened.promise, socket };
}

test("a reader that is behind gets the newest state only, and no more is kept for it", async () => {
  const { stream, socket } = await withStalledReader();
  const large = "x".repeat(100_000);
  let rendered = 0;
  const numbers = Array.from({ length: 5000 }, (_, index) => index);
  for (const number of numbers)
    stream.sendLatest("progress", () => {
      rendered += 1;
      return { number, large };
    });
  expect(rendered).toBeLessThan(10);
  stream.sendLatest("end", () => "the last state");
  stream.end();
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  socket.resume();
  while (!text.includes("id: end")) await once(socket, "data");
  expect(text).toContain('id: end\ndata: "the last state"\n\n');
});

test("a reader that takes nothing is cut off once its lines pass the limit", async () => {
  const { stream } = await withStalledReader(MEGABYTE);
  const ended = new Promise<void>((resolve) => stream.onEnd(resolve));
  let sent = 0;
  while (stream.isOpen && sent < 10_000) {
    stream.send("progress", "x".repeat(10_000));
    sent += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
  expect(sent).toBeLessThan(10_000);
});

test("a long list waits for its reader", async () => {
  const { stream, socket } = await withStalledReader();
  for (let bytes = 0; bytes < BEHIND_BYTES; bytes += MEGABYTE) stream.send("progress", "x".repeat(MEGABYTE));
  let isDrained = false;
  const drained = stream.drained().then(() => (isDrained = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isDrained).toBe(false);
  socket.resume();
  await drained;
  expect(stream.isOpen).toBe(true);
});

test("waiting for a reader that goes away ends", async () => {
  const { stream, socket } = await withStalledReader();
  for (let bytes = 0; bytes < BEHIND_BYTES; bytes += MEGABYTE) stream.send("progress", "x".repeat(MEGABYTE));
  const drained = stream.drained();
  const gone = new Promise<void>((resolve) => stream.onEnd(resolve));
  socket.destroy();
  await Promise.all([drained, gone]);
  expect(stream.isOpen).toBe(false);
});

test("a stream that is opened once all were ended ends as well", async () => {
  const streams = createEventStreams(MEGABYTE);
  const server = fastify();
  server.get("/", (_request, reply) => void streams.open(reply));
  onTestFinished(() => server.close());
  streams.endAll();
  expect((await server.inject("/")).body).toBe(": open\n\n");
});
