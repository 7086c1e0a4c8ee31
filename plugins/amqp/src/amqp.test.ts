import { type JsonMap, readRecords } from "@capstan/sdk";
import { createTestWorld, startSilentServer, type TestOptions } from "@capstan/sdk/test-kit";
import { type Channel, type ChannelModel, connect } from "amqplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { consume } from "./consume.ts";
import { createQueue } from "./create-queue.ts";
import { declareExchange } from "./declare-exchange.ts";
import { publish } from "./publish.ts";
import { queueBind } from "./queue-bind.ts";
import { realtimeTrigger, UNDER_WAY_MAX } from "./realtime-trigger.ts";
import { type Broker, startRabbit } from "./testing/rabbitmq.ts";

let broker: Broker;
let model: ChannelModel;
let channel: Channel;
let place: JsonMap;
beforeAll(async () => {
  broker = await startRabbit();
  place = { host: "127.0.0.1", port: broker.port };
  model = await connect({ hostname: "127.0.0.1", port: broker.port });
  channel = await model.createChannel();
}, 120_000);
afterAll(async () => {
  await model.close();
  await broker[Symbol.asyncDispose]();
});

async function queueOf(...messages: readonly string[]): Promise<string> {
  const { queue } = await channel.assertQueue(crypto.randomUUID());
  for (const message of messages) channel.sendToQueue(queue, Buffer.from(message));
  while ((await channel.checkQueue(queue)).messageCount < messages.length);
  return queue;
}

/** Messages that wait, of which none is held by a reader; that takes a moment when a reader left. */
async function waiting(queue: string, count: number): Promise<void> {
  while ((await channel.checkQueue(queue)).messageCount !== count);
}

async function run(task: typeof publish, given: JsonMap, options: TestOptions = {}) {
  await using world = createTestWorld(options);
  world.files.seed("kestra:///rows.ion", '{"data":"one","headers":{"h":1}}\n"two"\n{"x":1}\n');
  const outcome = await world.run(task, { ...place, ...given });
  const uri = outcome.outputs?.["uri"];
  const records = typeof uri === "string" ? await Array.fromAsync(readRecords(await world.files.read(uri))) : [];
  const rows = records.map(({ value }) => value as Record<string, unknown>);
  return {
    ...outcome,
    rows,
    data: rows.map(({ data }) => data),
    logs: world.logs,
    metrics: world.metrics,
    masked: world.masked,
  };
}

describe("Publish", () => {
  test.each([
    [{ from: "text" }, ["text"]],
    [{ from: ["a", { data: "b" }, { x: 1 }, 5] }, ["a", "b", '{"x":1}', "5"]],
    [{ from: ["a", { data: { y: 1 } }], serdeType: "JSON" }, ['"a"', '{"y":1}']],
    [{ from: "kestra:///rows.ion" }, ["one", "two", '{"x":1}']],
    [{ from: "{{ rows }}" }, ["c", "2"]],
  ])("of %j publishes %j", async (given, data) => {
    const queue = await queueOf();
    const at = { exchange: "", routingKey: queue };
    const outcome = await run(publish, { ...at, ...given }, { variables: { rows: ["c", 2] } });
    expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { messagesCount: data.length } });
    expect(outcome.metrics).toEqual([{ name: "records", type: "counter", value: data.length, tags: { exchange: "" } }]);
    expect((await run(consume, { queue, maxRecords: data.length })).data).toEqual(data);
  });

  test("says all there is to say of a message", async () => {
    const queue = await queueOf();
    const about = {
      contentType: "text/plain",
      contentEncoding: "utf-8",
      headers: { h: "ä", n: 1 },
      deliveryMode: 1,
      priority: 3,
      messageId: "m1",
      correlationId: "c1",
      replyTo: "answers",
      expiration: "PT1M",
      timestamp: "2026-01-31T10:00:00.000Z",
      type: "order",
      userId: "guest",
      appId: "capstan",
    };
    await run(publish, { exchange: "", routingKey: queue, from: { ...about, data: "ä" } });
    const { rows } = await run(consume, { queue, maxRecords: 1 });
    expect(rows).toEqual([{ ...about, data: "ä" }]);
    await run(publish, { exchange: "", routingKey: queue, from: rows as JsonMap[] });
    expect((await run(consume, { queue, maxRecords: 1 })).rows).toEqual(rows);
  });

  test("publishes more than wait to be confirmed at once", async () => {
    const queue = await queueOf();
    const from = Array.from({ length: 2_500 }, (_none, index) => String(index));
    await run(publish, { exchange: "", routingKey: queue, from });
    expect((await run(consume, { queue, maxRecords: 2_500 })).data).toEqual(from);
  });

  test.each([
    [{ exchange: "there is none" }, "NOT_FOUND - no exchange 'there is none' in vhost '/'"],
    [{ from: { data: "a", priority: 300 } }, "The `priority` of a message can't be sent"],
    [{ from: { data: "a", expiration: "soon" } }, "The `expiration` of a message is neither"],
    [{ from: { data: "a", timestamp: "soon" } }, "The `timestamp` of a message is neither"],
    [{ virtualHost: "none" }, "can't be used: it has no virtual host none for guest"],
    [{ host: undefined }, "Neither `host` nor `url` says which broker to speak to."],
    [{ host: "http://a" }, "`host` is no address of a broker."],
    [{ port: 1 }, "The broker at 127.0.0.1:1 can't be used: connect ECONNREFUSED"],
  ])("with %j fails", async (given, message) => {
    const outcome = await run(publish, { exchange: "", routingKey: "q", from: "a", ...given } as JsonMap);
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringContaining(message) });
  });

  test("takes a whole address as `host` or `url`, and masks the password in it", async () => {
    const message = { exchange: "", routingKey: "q", from: "a", port: undefined } as unknown as JsonMap;
    const address = `amqp://guest:guest@127.0.0.1:${broker.port}/`;
    expect(await run(publish, { ...message, host: address })).toMatchObject({ state: "SUCCESS" });
    const old = { ...message, host: undefined, url: address } as unknown as JsonMap;
    expect(await run(publish, old)).toMatchObject({ state: "SUCCESS" });
    const wrong = await run(publish, { ...message, host: address.replace("guest:guest", "guest:wrong-word") });
    expect(wrong).toMatchObject({ state: "FAILED", masked: ["wrong-word"] });
    expect(wrong.message).toContain("ACCESS_REFUSED");
    expect(wrong.message).not.toContain("wrong-word");
  });

  test("a kill closes a connection that gets no answer", async () => {
    await using silent = await startSilentServer();
    const abort = new AbortController();
    const outcome = run(publish, { port: silent.port, exchange: "", from: "a" }, { signal: abort.signal });
    await silent.connected;
    abort.abort(new Error("killed"));
    expect(await outcome).toMatchObject({ state: "FAILED", message: "killed" });
    await silent.left();
  });
});

describe("Consume", () => {
  test("acknowledges what it took when its file is stored", async () => {
    const queue = await queueOf('{"a":1}', "{broken", "3");
    const { data, logs, outputs } = await run(consume, { queue, serdeType: "JSON", maxRecords: 2 });
    expect({ data, count: outputs?.["count"] }).toEqual({ data: [{ a: 1 }, "{broken"], count: 2 });
    expect(logs).toContainEqual(expect.objectContaining({ level: "WARN" }));
    await waiting(queue, 1);
    expect((await run(consume, { queue, maxRecords: 1 })).data).toEqual(["3"]);
  });

  test.each([
    [false, 2],
    [true, 0],
  ])("with autoAck: %s leaves %i messages when the file can't be stored", async (autoAck, count) => {
    const queue = await queueOf("a", "b");
    await using world = createTestWorld();
    world.files.put = async (_name, content) => {
      for await (const _piece of content as AsyncIterable<Buffer>);
      throw new Error("the disk is full");
    };
    const outcome = await world.run(consume, { ...place, queue, autoAck, maxRecords: 2 });
    expect(outcome).toMatchObject({ state: "FAILED", message: "the disk is full" });
    await waiting(queue, count);
  });

  test("waits for what comes, until its time is over", async () => {
    const queue = await queueOf();
    const outcome = run(consume, { queue, maxRecords: 1 });
    channel.sendToQueue(queue, Buffer.from("late"));
    expect((await outcome).data).toEqual(["late"]);
    expect((await run(consume, { queue, maxDuration: "PT0.1S" })).outputs).toMatchObject({ count: 0 });
  });

  test.each([
    [{ queue: "none", maxRecords: 1 }, "NOT_FOUND - no queue 'none' in vhost '/'"],
    [{ queue: "q" }, "Neither `maxRecords` nor `maxDuration` says when to stop."],
  ])("with %j fails", async (given, message) => {
    expect((await run(consume, given)).message).toContain(message);
  });

  test("a kill ends it, and the queue has its messages again", async () => {
    const queue = await queueOf("a");
    const abort = new AbortController();
    const outcome = run(consume, { queue, maxRecords: 2 }, { signal: abort.signal });
    await waiting(queue, 0);
    abort.abort(new Error("killed"));
    expect(await outcome).toMatchObject({ state: "FAILED", message: "killed" });
    await waiting(queue, 1);
  });
});

describe("queues and exchanges", () => {
  test.each([
    ["DIRECT", "new", {}, "new", {}],
    ["TOPIC", "orders.*", {}, "orders.new", {}],
    ["FANOUT", undefined, {}, "any", {}],
    ["HEADERS", undefined, { kind: "new", "x-match": "all" }, "", { kind: "new" }],
  ])("of the type %s pass on messages", async (exchangeType, pattern, args, routingKey, headers) => {
    const [name, queue] = [crypto.randomUUID(), crypto.randomUUID()];
    expect((await run(declareExchange, { name, exchangeType })).outputs).toEqual({ exchange: name });
    expect((await run(createQueue, { name: queue, args: { "x-max-length": 5 } })).outputs).toEqual({ queue });
    const binding = { queue, exchange: name, args, ...(pattern === undefined ? {} : { routingKey: pattern }) };
    expect((await run(queueBind, binding)).outputs).toEqual({ queue, exchange: name });
    await run(publish, { exchange: name, routingKey, from: { data: "a", headers } });
    expect((await run(consume, { queue, maxRecords: 1 })).data).toEqual(["a"]);
  });

  test("may be made again, unless they are of another kind", async () => {
    const name = crypto.randomUUID();
    for (const task of [createQueue, declareExchange]) {
      expect(await run(task, { name })).toMatchObject({ state: "SUCCESS" });
      expect(await run(task, { name })).toMatchObject({ state: "SUCCESS" });
      const { message } = await run(task, { name, durability: false });
      expect(message).toContain("PRECONDITION_FAILED - inequivalent arg 'durable'");
    }
  });

  test("may be for one connection, or internal", async () => {
    const name = crypto.randomUUID();
    await run(createQueue, { name, exclusive: true });
    expect((await run(consume, { queue: name, maxRecords: 1 })).message).toContain("NOT_FOUND");
    await run(declareExchange, { name, internal: true, autoDelete: true });
    expect((await run(publish, { exchange: name, from: "a" })).message).toContain("ACCESS_REFUSED");
  });
});

describe("RealtimeTrigger", () => {
  test("tells each message, which is acknowledged when its execution is durable", async () => {
    const queue = await queueOf("a", "b");
    {
      await using world = createTestWorld();
      await using listening = world.listen(realtimeTrigger, { ...place, queue });
      const told = [await listening.next(), await listening.next()];
      expect(told.map(({ event }) => event.variables)).toEqual([
        { data: "a", headers: {} },
        { data: "b", headers: {} },
      ]);
      told[0]!.accept();
      told[1]!.refuse(new Error("the store is away"));
      await expect(listening.ended).rejects.toThrow("the store is away");
    }
    await waiting(queue, 1);
    await using world = createTestWorld();
    await using listening = world.listen(realtimeTrigger, { ...place, queue });
    expect((await listening.next()).event.variables).toMatchObject({ data: "b" });
  });

  test("has so many executions under way and no more", async () => {
    const queue = await queueOf(...Array.from({ length: UNDER_WAY_MAX + 1 }, (_none, index) => String(index)));
    await using world = createTestWorld();
    await using listening = world.listen(realtimeTrigger, { ...place, queue });
    const told = [];
    while (told.length < UNDER_WAY_MAX) told.push(await listening.next());
    await waiting(queue, 1);
    expect(listening.pending).toEqual([]);
    told[0]!.accept();
    expect((await listening.next()).event.variables).toMatchObject({ data: String(UNDER_WAY_MAX) });
  });

  test("with autoAck drops a message that started no execution, and goes on", async () => {
    const queue = await queueOf("a", "b");
    await using world = createTestWorld();
    await using listening = world.listen(realtimeTrigger, { ...place, queue, autoAck: true });
    const [first, second] = [await listening.next(), await listening.next()];
    first.refuse(new Error("the store is away"));
    second.accept();
    channel.sendToQueue(queue, Buffer.from("c"));
    expect((await listening.next()).event.variables).toMatchObject({ data: "c" });
    expect(world.logs).toContainEqual(expect.objectContaining({ level: "WARN" }));
  });

  test("ends when its queue is deleted, or is not there", async () => {
    const queue = await queueOf("a");
    await using world = createTestWorld();
    await using listening = world.listen(realtimeTrigger, { ...place, queue });
    await listening.next();
    await channel.deleteQueue(queue);
    await expect(listening.ended).rejects.toThrow(`The queue ${queue} was deleted`);
    await using again = world.listen(realtimeTrigger, { ...place, queue });
    await expect(again.ended).rejects.toThrow("NOT_FOUND");
  });
});
