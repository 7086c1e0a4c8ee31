import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createQueueWorld } from "../testing/queue-world.ts";

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
}, 120_000);
afterAll(() => server.stop());

test("a message, a list, and JSON of either are sent: texts as they are, other values as JSON", async () => {
  const { run, visible } = await createQueueWorld(server);
  const sent = async (from: unknown) => (await run("Publish", { from: from as never })).outputs;
  expect(await sent({ data: "one" })).toEqual({ messagesCount: 1 });
  expect(await sent([{ data: { two: 2 } }, { data: [3], delaySeconds: 0 }])).toEqual({ messagesCount: 2 });
  expect(await sent('{"data": 4, "groupId": null}')).toEqual({ messagesCount: 1 });
  expect(await visible()).toEqual(["one", '{"two":2}', "[3]", "4"]);
});

test("the records of a file are sent in their order, ten to a request", async () => {
  const { run, world, visible } = await createQueueWorld(server);
  const lines = Array.from({ length: 25 }, (_, number) => JSON.stringify({ data: `row ${number}` }));
  const from = await world.files.put("rows.ion", lines.join("\n"));
  expect((await run("Publish", { from })).outputs).toEqual({ messagesCount: 25 });
  expect(await visible()).toEqual(lines.map((_, number) => `row ${number}`));
});

test("messages that are too large for one request go in several", async () => {
  const { run, visible } = await createQueueWorld(server);
  const from = ["a", "b", "c"].map((letter) => ({ data: letter.repeat(131_073) }));
  expect((await run("Publish", { from })).outputs).toEqual({ messagesCount: 3 });
  expect((await visible()).map((body) => body[0])).toEqual(["a", "b", "c"]);
});

test("a group, and what tells repeats apart, go to a FIFO queue", async () => {
  const { run, counts } = await createQueueWorld(server, { attributes: { FifoQueue: "true" } });
  const from = ["x", "y", "x"].map((deduplicationId) => ({ data: deduplicationId, groupId: "g", deduplicationId }));
  await run("Publish", { from });
  expect(await counts()).toEqual({ visible: 2, held: 0 });
});

test.each([
  [[{ data: "a" }, { text: "b" }], "Message 2 of `from` can't be sent: `data` is missing."],
  [["a"], "Message 1 of `from` can't be sent: it is no map with `data`."],
  [
    { data: "a", delaySeconds: 901 },
    "Message 1 of `from` can't be sent: `delaySeconds` Too big: expected number to be <=900.",
  ],
  ["{a", "Message 1 of `from` can't be sent: it is no map with `data`."],
])("%j is refused", async (from, told) => {
  const { run, counts } = await createQueueWorld(server);
  expect((await run("Publish", { from })).message).toMatch(told);
  expect(await counts()).toEqual({ visible: 0, held: 0 });
});

test("a message that the queue refuses is named, with how many were sent", async () => {
  const { run } = await createQueueWorld(server, { attributes: { FifoQueue: "true" } });
  const { message } = await run("Publish", { from: [{ data: "a", groupId: "g" }] });
  expect(message).toMatch(/^(?:Sending messages 1 to 1 to|Message 1 was refused by) http.*failed|refused/);
});

test("a queue that is not there is named with what to check", async () => {
  const { run, url } = await createQueueWorld(server);
  const { message } = await run("Publish", { queueUrl: `${url}-gone`, from: { data: "a" } });
  expect(message).toMatch("Sending messages 1 to 1 to");
  expect(message).toMatch("there is no such queue. Check `queueUrl`");
});
