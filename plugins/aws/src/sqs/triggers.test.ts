import type { TriggerEvent } from "@capstan/sdk";
import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createQueueWorld, type QueueWorld } from "../testing/queue-world.ts";

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
}, 120_000);
afterAll(() => server.stop());

async function texts({ world }: QueueWorld, uri = ""): Promise<readonly unknown[]> {
  const lines = (await world.files.text(uri)).trim().split("\n");
  return lines.map((line) => (JSON.parse(line) as { data: unknown }).data);
}

test("messages since the last question are one event, and are removed at the next", async () => {
  const queue = await createQueueWorld(server);
  expect(await queue.ask()).toBeUndefined();
  await queue.send("a", "b");
  const first = await queue.ask();
  expect(first?.variables?.count).toBe(2);
  expect(await texts(queue, first?.variables?.uri)).toEqual(["a", "b"]);
  expect(await queue.counts()).toEqual({ visible: 0, held: 2 });
  await queue.send("c");
  const second = await queue.ask({}, first?.position);
  expect(await texts(queue, second?.variables?.uri)).toEqual(["c"]);
  expect(await queue.counts()).toEqual({ visible: 0, held: 1 });
  const third = await queue.ask({}, second?.position);
  expect(third).toEqual({ position: { queueUrl: queue.url, told: [] } });
  expect(await queue.counts()).toEqual({ visible: 0, held: 0 });
  expect(await queue.ask({}, third?.position)).toBeUndefined();
});

test("an event that never became durable is told again", async () => {
  const queue = await createQueueWorld(server, { attributes: { VisibilityTimeout: "1" } });
  await queue.send("a");
  // Kept for a minute longer than until the next question; here it is given back at once, as time does.
  const lost = await queue.ask();
  const [[, receipt]] = (lost!.position as { told: [[string, string]] }).told;
  await queue.sqs.changeMessageVisibility({ QueueUrl: queue.url, ReceiptHandle: receipt, VisibilityTimeout: 0 });
  const again = await queue.ask();
  expect(await texts(queue, again?.variables?.uri)).toEqual(["a"]);
});

test("a message that comes again after it was told is removed, and not told", async () => {
  const queue = await createQueueWorld(server);
  await queue.send("a");
  const told = await queue.ask();
  const [[id]] = (told!.position as { told: [[string, string]] }).told;
  const [[, receipt]] = (told!.position as { told: [[string, string]] }).told;
  await queue.sqs.changeMessageVisibility({ QueueUrl: queue.url, ReceiptHandle: receipt, VisibilityTimeout: 0 });
  // Its receipt is none any more, as after somebody else received the message.
  const position = { queueUrl: queue.url, told: [[id, "no receipt"]] };
  const next = await queue.ask({}, position);
  expect(next?.variables).toBeUndefined();
  expect(await queue.counts()).toEqual({ visible: 0, held: 0 });
});

test("with another queue, nothing of the old one is removed", async () => {
  const queue = await createQueueWorld(server);
  await queue.send("a");
  const { position } = (await queue.ask())!;
  const other = await createQueueWorld(server);
  expect(await other.ask({}, position)).toBeUndefined();
  expect(await queue.counts()).toEqual({ visible: 0, held: 1 });
});

/** Listens until the test ends, or `stop` is called. */
function listening(queue: QueueWorld, emit: (event: TriggerEvent) => Promise<void>, properties = {}) {
  const controller = new AbortController();
  const ended = queue.listen({ waitTime: "PT1S", ...properties }, emit, controller.signal).catch((error: unknown) => {
    if (!controller.signal.aborted) throw error;
  });
  const stop = async () => {
    controller.abort();
    await ended;
  };
  onTestFinished(stop);
  return stop;
}

test("each message is an event, and is removed when that is durable", async () => {
  const queue = await createQueueWorld(server);
  await queue.send('{"order":1}', '{"order":2}');
  const told: unknown[] = [];
  const durable = Promise.withResolvers<void>();
  listening(
    queue,
    async ({ variables }) => {
      told.push(variables["data"]);
      await durable.promise;
    },
    { serdeType: "JSON" },
  );
  await expect.poll(() => told, { timeout: 10_000 }).toEqual([{ order: 1 }, { order: 2 }]);
  expect(await queue.counts()).toEqual({ visible: 0, held: 2 });
  durable.resolve();
  await expect.poll(() => queue.counts(), { timeout: 10_000 }).toEqual({ visible: 0, held: 0 });
});

test("no more messages are under way than maxNumberOfMessage", async () => {
  const queue = await createQueueWorld(server);
  await queue.send("a", "b", "c");
  const told: unknown[] = [];
  const durable = Promise.withResolvers<void>();
  listening(
    queue,
    async ({ variables }) => {
      told.push(variables["data"]);
      await durable.promise;
    },
    { maxNumberOfMessage: 2 },
  );
  await expect.poll(() => told, { timeout: 10_000 }).toHaveLength(2);
  expect(await queue.counts()).toEqual({ visible: 1, held: 2 });
  durable.resolve();
  await expect.poll(() => told, { timeout: 10_000 }).toEqual(["a", "b", "c"]);
});

test("a message that starts no execution comes again", async () => {
  const queue = await createQueueWorld(server);
  await queue.send("a");
  const counts: unknown[] = [];
  listening(
    queue,
    ({ variables }) => {
      counts.push(variables["receiveCount"]);
      return counts.length === 1 ? Promise.reject(new Error("no")) : Promise.resolve();
    },
    { visibilityTimeout: 1 },
  );
  await expect.poll(() => counts.slice(0, 2), { timeout: 10_000 }).toEqual([1, 2]);
  await expect.poll(() => queue.counts(), { timeout: 10_000 }).toEqual({ visible: 0, held: 0 });
  expect(queue.world.logs.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^The message [\w-]+ started no execution, and comes again: no$/),
  ]);
});

test("of a FIFO queue one message is told after the other, and none overtakes one that is not told", async () => {
  const queue = await createQueueWorld(server, {
    attributes: { FifoQueue: "true", ContentBasedDeduplication: "true" },
  });
  for (const MessageBody of ["a", "b", "c"])
    await queue.sqs.sendMessage({ QueueUrl: queue.url, MessageBody, MessageGroupId: "g" });
  const tried: unknown[] = [];
  listening(queue, ({ variables }) => {
    tried.push(variables["data"]);
    return variables["data"] === "b" ? Promise.reject(new Error("not yet")) : Promise.resolve();
  });
  await expect.poll(() => queue.counts(), { timeout: 10_000 }).toEqual({ visible: 0, held: 2 });
  expect(tried).toEqual(["a", "b"]);
});

test("a listener ends when it is interrupted, also while the queue is empty", async () => {
  const queue = await createQueueWorld(server);
  const stop = listening(queue, () => Promise.resolve(), { waitTime: "PT20S" });
  await stop();
  expect(await queue.counts()).toEqual({ visible: 0, held: 0 });
});
