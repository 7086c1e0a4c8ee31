import { setTimeout as delay } from "node:timers/promises";
import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openQueue } from "./access.ts";
import { createQueueWorld, type QueueWorld } from "../testing/queue-world.ts";

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
}, 120_000);
afterAll(() => server.stop());

const numbers = (count: number) => Array.from({ length: count }, (_, number) => String(number));

async function rows({ world }: QueueWorld, uri: unknown): Promise<readonly { readonly data: unknown }[]> {
  const text = await world.files.text(String(uri));
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { data: unknown });
}

test("all messages are taken into a file, and removed", async () => {
  const queue = await createQueueWorld(server);
  await queue.send(...numbers(23));
  const { outputs } = await queue.run("Consume");
  expect(outputs).toMatchObject({ count: 23 });
  expect((await rows(queue, outputs?.["uri"])).map(({ data }) => data)).toEqual(numbers(23));
  expect(await queue.counts()).toEqual({ visible: 0, held: 0 });
});

test("a row has what is known of a message", async () => {
  const queue = await createQueueWorld(server, { attributes: { FifoQueue: "true" } });
  await queue.sqs.sendMessage({
    QueueUrl: queue.url,
    MessageBody: '{"a":1}',
    MessageGroupId: "g",
    MessageDeduplicationId: "d",
    MessageAttributes: {
      from: { DataType: "String", StringValue: "me" },
      bytes: { DataType: "Binary", BinaryValue: Buffer.from("hi") },
    },
  });
  const { outputs } = await queue.run("Consume", { serdeType: "JSON" });
  expect(await rows(queue, outputs?.["uri"])).toEqual([
    {
      data: { a: 1 },
      messageId: expect.stringMatching(/^[\w-]+$/) as string,
      groupId: "g",
      deduplicationId: "d",
      attributes: { from: "me", bytes: "aGk=" },
      receiveCount: 1,
    },
  ]);
});

test("no more than maxRecords are taken; the others stay for whoever asks", async () => {
  const queue = await createQueueWorld(server);
  await queue.send(...numbers(23));
  expect((await queue.run("Consume", { maxRecords: 12 })).outputs).toMatchObject({ count: 12 });
  expect(await queue.counts()).toEqual({ visible: 11, held: 0 });
});

test("an empty queue is a file without messages", async () => {
  const queue = await createQueueWorld(server);
  const { outputs } = await queue.run("Consume");
  expect(outputs).toMatchObject({ count: 0 });
  expect(await rows(queue, outputs?.["uri"])).toEqual([]);
});

test("with autoDelete: false the messages come again", async () => {
  const queue = await createQueueWorld(server);
  await queue.send("a", "b");
  expect((await queue.run("Consume", { autoDelete: false, visibilityTimeout: 1 })).outputs).toMatchObject({ count: 2 });
  await expect.poll(() => queue.counts(), { timeout: 10_000 }).toEqual({ visible: 2, held: 0 });
});

test("what is no JSON stays in the queue, and is logged", async () => {
  const queue = await createQueueWorld(server);
  await queue.send("{", '{"a":1}');
  expect((await queue.run("Consume", { serdeType: "JSON" })).outputs).toMatchObject({ count: 1 });
  expect(queue.world.logs.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^The message [\w-]+ is no JSON, and stays in the queue\.$/),
  ]);
  expect(await queue.counts()).toEqual({ visible: 0, held: 1 });
});

test("messages whose file can't be stored are not removed", async () => {
  const queue = await createQueueWorld(server);
  await queue.send("a", "b");
  Object.assign(queue.world.files, { put: () => Promise.reject(new Error("the storage is full")) });
  expect((await queue.run("Consume")).message).toMatch("the storage is full");
  const { visible, held } = await queue.counts();
  expect(visible + held).toBe(2);
});

test("messages are kept from others for as long as their file takes", async () => {
  const queue = await createQueueWorld(server);
  await queue.send(...numbers(12));
  const put = queue.world.files.put.bind(queue.world.files);
  const visible: number[] = [];
  Object.assign(queue.world.files, {
    async put(name: string, content: AsyncIterable<Uint8Array>) {
      const uri = await put(name, Buffer.concat(await Array.fromAsync(content)));
      // One and a half times the timeout.
      for (let look = 0; look < 9; look += 1) {
        await delay(500);
        visible.push((await queue.counts()).visible);
      }
      return uri;
    },
  });
  const { outputs } = await queue.run("Consume", { visibilityTimeout: 3 });
  expect(outputs).toMatchObject({ count: 12 });
  expect(Math.max(...visible)).toBe(0);
  expect(await queue.counts()).toEqual({ visible: 0, held: 0 });
});

test("a queue of AWS names its region", async () => {
  const queueUrl = "https://sqs.eu-central-1.amazonaws.com/123456789012/orders";
  const flow = { namespace: "company", flowId: "flow" };
  const properties = { queueUrl, stsRoleSessionDuration: 900_000 };
  const regionOf = async (region?: string) => {
    using access = await openQueue({ ...properties, region }, flow, new AbortController().signal);
    return await access.sqs.config.region();
  };
  expect(await regionOf()).toBe("eu-central-1");
  expect(await regionOf("eu-west-1")).toBe("eu-west-1");
});
