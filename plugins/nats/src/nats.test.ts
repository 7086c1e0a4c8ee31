import { type JsonMap, readRecords } from "@capstan/sdk";
import { createTestWorld, startSilentServer, type TestOptions, type TestWorld } from "@capstan/sdk/test-kit";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { consume } from "./core/consume.ts";
import { produce } from "./core/produce.ts";
import { realtimeTrigger } from "./core/realtime-trigger.ts";
import { request } from "./core/request.ts";
import { HELD_MAX, trigger } from "./core/trigger.ts";
import { type NatsServer, startNats } from "./testing/nats-server.ts";

let server: NatsServer;
let connection: NatsConnection;
let manager: JetStreamManager;
beforeAll(async () => {
  server = await startNats();
  connection = await connect({ servers: server.url });
  manager = await jetstreamManager(connection);
});
afterAll(async () => {
  await connection.close();
  await server[Symbol.asyncDispose]();
});

/** A subject that a stream of its own keeps. */
async function kept(): Promise<{ readonly stream: string; readonly subject: string }> {
  const stream = crypto.randomUUID();
  await manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
  return { stream, subject: `${stream}.a` };
}

async function published(given: JsonMap, options: TestOptions = {}) {
  await using world = createTestWorld(options);
  world.files.seed("kestra:///rows.ion", '{"data":"one","headers":{"h":"1"}}\n"two"\n{"x":1}\n');
  const outcome = await world.run(produce, { url: server.url, ...given });
  return { ...outcome, metrics: world.metrics, masked: world.masked };
}

async function rowsOf(world: TestWorld, uri: unknown): Promise<Record<string, unknown>[]> {
  if (typeof uri !== "string") return [];
  const records = await Array.fromAsync(readRecords(await world.files.read(uri)));
  return records.map(({ value }) => value as Record<string, unknown>);
}

async function consumed(given: JsonMap) {
  await using world = createTestWorld();
  const outcome = await world.run(consume, { url: server.url, pollDuration: "PT1S", ...given });
  const rows = await rowsOf(world, outcome.outputs?.["uri"]);
  return { ...outcome, data: rows.map(({ data }) => data), rows, metrics: world.metrics };
}

async function pendingOf(stream: string, durable: string) {
  const { num_ack_pending, num_pending, ack_floor } = await manager.consumers.info(stream, durable);
  return { unacknowledged: num_ack_pending, unread: num_pending, acknowledged: ack_floor.stream_seq };
}

describe("Produce", () => {
  test.each([
    [{ from: "text" }, ["text"]],
    [{ from: ["a", { data: "b" }, { x: 1 }] }, ["a", "b", '{"x":1}']],
    [{ from: "kestra:///rows.ion" }, ["one", "two", '{"x":1}']],
    [{ from: "{{ rows }}" }, ["c", "2"]],
    [{ from: { data: { y: 1 } } }, ['{"y":1}']],
  ])("of %j publishes %j", async (given, data) => {
    const { subject } = await kept();
    const outcome = await published({ subject, ...given }, { variables: { rows: ["c", 2] } });
    expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { messagesCount: data.length } });
    expect(outcome.metrics).toEqual([{ name: "records", type: "counter", value: data.length, tags: { subject } }]);
    expect((await consumed({ subject, maxRecords: data.length })).data).toEqual(data);
  });

  test("publishes headers, of several values too, and more than wait at once", async () => {
    const { subject } = await kept();
    const many = Array.from({ length: 2_500 }, (_none, index) => String(index));
    await published({ subject, from: [{ data: "ä", headers: { one: "1", two: ["a", "b"] } }, ...many] });
    const { rows } = await consumed({ subject, batchSize: 500, maxRecords: 2_501 });
    expect(rows[0]).toEqual({
      subject,
      headers: { one: ["1"], two: ["a", "b"] },
      data: "ä",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/u),
    });
    expect(rows.slice(1).map(({ data }) => data)).toEqual(many);
  });

  test.each([
    [{ url: "http://localhost" }, "`url` is no address of NATS. Write it as nats://host:4222"],
    [{ url: "nats://ann:hidden@127.0.0.1:1" }, "NATS at 127.0.0.1:1 can't be used: "],
    [{ from: { data: "a", headers: "h" } }, "The `headers` of a message are no map of names and values."],
    [{ subject: "a b" }, "can't be used: "],
  ])("with %j fails", async (given, message) => {
    const outcome = await published({ subject: "s", from: "a", ...given });
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringContaining(message) });
    expect(outcome.message).not.toContain("hidden");
  });

  test.each([
    ['{user: ann, password: "open sesame"}', { username: "ann", password: "open sesame" }, "ann:open%20sesame@"],
    ['{token: "open sesame"}', { token: "open sesame" }, "open%20sesame@"],
  ])("logs in at a server with %s, which is masked", async (authorization, given, inAddress) => {
    await using guarded = await startNats(authorization);
    const message = { subject: "s", from: "a" };
    const hidden = { state: "SUCCESS", masked: ["open sesame"] };
    expect(await published({ ...message, ...given, url: guarded.url })).toMatchObject(hidden);
    const address = guarded.url.replace("//", `//${inAddress}`);
    expect(await published({ ...message, url: address })).toMatchObject({ state: "SUCCESS" });
    const wrong = await published({
      ...message,
      ...given,
      password: "wrong-word",
      token: "wrong-word",
      url: guarded.url,
    });
    expect(wrong.message).toMatch(/^NATS at 127\.0\.0\.1:\d+ can't be used: .*Authorization/iu);
    expect(wrong.message).not.toContain("wrong-word");
  });

  test("a kill waits for no server that gives no answer", async () => {
    await using silent = await startSilentServer();
    const abort = new AbortController();
    const url = `nats://127.0.0.1:${silent.port}`;
    const outcome = published({ url, subject: "s", from: "a" }, { signal: abort.signal });
    await silent.connected;
    abort.abort(new Error("killed"));
    expect(await outcome).toMatchObject({ state: "FAILED", message: "killed" });
  });
});

describe("Request", () => {
  const asked = async (given: JsonMap) => {
    await using world = createTestWorld();
    return await world.run(request, { url: server.url, from: "question", ...given });
  };

  test("hands on the answer of a service, which gets what is asked with its headers", async () => {
    const subject = crypto.randomUUID();
    const service = connection.subscribe(subject, {
      callback: (_error, message) => void message.respond(`${message.string()}/${message.headers?.get("h")}`),
    });
    await connection.flush();
    const from = { data: "ä", headers: { h: "1" } };
    expect(await asked({ subject, from })).toMatchObject({ state: "SUCCESS", outputs: { response: "ä/1" } });
    service.unsubscribe();
  });

  test("fails when nobody listens, and when nobody answers in time", async () => {
    const subject = crypto.randomUUID();
    expect((await asked({ subject })).message).toContain(`Nobody listens to ${subject}.`);
    const silent = connection.subscribe(subject, { callback: () => undefined });
    await connection.flush();
    expect((await asked({ subject, requestTimeout: "PT0.05S" })).message).toContain("within 50 ms");
    silent.unsubscribe();
  });
});

describe("Consume", () => {
  test("reads all that is kept, as often as it is asked", async () => {
    const { subject, stream } = await kept();
    await published({ subject, from: ["a", "b", "c"] });
    expect((await consumed({ subject })).data).toEqual(["a", "b", "c"]);
    expect((await consumed({ subject, maxRecords: 2 })).data).toEqual(["a", "b"]);
    expect((await manager.streams.info(stream)).state.consumer_count).toBe(0);
  });

  test("with a durable consumer reads what is new, and acknowledges it when its file is stored", async () => {
    const { subject, stream } = await kept();
    await published({ subject, from: ["a", "b", "c"] });
    expect((await consumed({ subject, durableId: "d", maxRecords: 2 })).data).toEqual(["a", "b"]);
    expect(await pendingOf(stream, "d")).toEqual({ unacknowledged: 0, unread: 1, acknowledged: 2 });
    expect((await consumed({ subject, durableId: "d" })).data).toEqual(["c"]);
    expect((await consumed({ subject, durableId: "d" })).data).toEqual([]);
  });

  test("acknowledges nothing when the file can't be stored", async () => {
    const { subject, stream } = await kept();
    await published({ subject, from: ["a", "b"] });
    await using world = createTestWorld();
    world.files.put = async (_name, content) => {
      for await (const _piece of content as AsyncIterable<Buffer>);
      throw new Error("the disk is full");
    };
    const given = { url: server.url, subject, durableId: "d", maxRecords: 2 };
    expect(await world.run(consume, given)).toMatchObject({ state: "FAILED", message: "the disk is full" });
    expect(await pendingOf(stream, "d")).toMatchObject({ unacknowledged: 2, acknowledged: 0 });
  });

  test.each([
    [{ deliverPolicy: "Last" }, ["c"]],
    [{ deliverPolicy: "LastPerSubject" }, ["b", "c"]],
    [{ deliverPolicy: "New" }, []],
    [{ since: "2020-01-01T00:00:00Z", deliverPolicy: "ByStartTime" }, ["a", "b", "c"]],
    [{ since: "2100-01-01T00:00:00Z" }, []],
  ])("with %j reads %j", async (given, data) => {
    const { stream } = await kept();
    for (const [subject, from] of [
      ["x", "a"],
      ["y", "b"],
      ["x", "c"],
    ] as const)
      await published({ subject: `${stream}.${subject}`, from });
    expect((await consumed({ subject: `${stream}.*`, ...given })).data).toEqual(data);
  });

  test("ends in time although nothing came", async () => {
    const { subject } = await kept();
    expect(await consumed({ subject, maxDuration: "PT0.1S" })).toMatchObject({ outputs: { messagesCount: 0 } });
  });

  test.each([
    [{ subject: "nobody.keeps" }, "No stream of JetStream keeps nobody.keeps."],
    [{ deliverPolicy: "ByStartTime" }, "`deliverPolicy` is ByStartTime, but `since` does not say when."],
  ])("with %j fails", async (given, message) => {
    const { subject } = await kept();
    expect((await consumed({ subject, ...given })).message).toContain(message);
  });

  test("a kill ends it, and acknowledges nothing", async () => {
    const { subject, stream } = await kept();
    await published({ subject, from: "a" });
    const abort = new AbortController();
    await using world = createTestWorld({ signal: abort.signal });
    const given = { url: server.url, subject, durableId: "d", maxRecords: 2, maxDuration: "PT1H" };
    const outcome = world.run(consume, given);
    const isRead = () =>
      pendingOf(stream, "d").then(
        ({ unacknowledged }) => unacknowledged === 1,
        () => false,
      );
    while (!(await isRead()));
    abort.abort(new Error("killed"));
    expect(await outcome).toMatchObject({ state: "FAILED", message: "killed" });
    expect(await pendingOf(stream, "d")).toMatchObject({ acknowledged: 0 });
  });
});

describe("Trigger", () => {
  async function polled(given: JsonMap, position?: unknown) {
    await using world = createTestWorld(position === undefined ? {} : { position: position as JsonMap });
    const event = await world.poll(trigger, { url: server.url, pollDuration: "PT1S", ...given });
    const rows = await rowsOf(world, event?.variables?.["uri"]);
    return { event, data: rows.map(({ data }) => data) };
  }

  test("tells what came since what it told, which it knows by itself", async () => {
    const { subject } = await kept();
    await published({ subject, from: ["a", "b"] });
    const first = await polled({ subject, maxRecords: 2 });
    expect(first.event?.variables).toMatchObject({ messagesCount: 2 });
    expect((await polled({ subject }, first.event?.position)).event).toBeUndefined();
    await published({ subject, from: "c" });
    expect((await polled({ subject, maxRecords: 1 }, first.event?.position)).data).toEqual(["c"]);
  });

  test("of what is new begins with its first question", async () => {
    const { subject } = await kept();
    await published({ subject, from: "old" });
    const given = { subject, deliverPolicy: "New" };
    const first = await polled(given);
    expect(first.event?.variables).toBeUndefined();
    await published({ subject, from: "new" });
    expect((await polled({ ...given, maxRecords: 1 }, first.event?.position)).data).toEqual(["new"]);
  });

  test("with a durable consumer acknowledges at the next question", async () => {
    const { subject, stream } = await kept();
    await published({ subject, from: ["a", "b"] });
    const given = { subject, durableId: "d" };
    const first = await polled({ ...given, maxRecords: 2 });
    expect(first.data).toEqual(["a", "b"]);
    expect(await pendingOf(stream, "d")).toMatchObject({ unacknowledged: 2, acknowledged: 0 });
    const second = await polled(given, first.event?.position);
    expect(second.event?.variables).toBeUndefined();
    expect(await pendingOf(stream, "d")).toMatchObject({ unacknowledged: 0, acknowledged: 2 });
    expect((await polled(given, second.event?.position)).event).toBeUndefined();
  });

  test("with a durable consumer holds so many messages and no more", async () => {
    const { subject, stream } = await kept();
    await published({ subject, from: Array.from({ length: HELD_MAX + 1 }, (_none, index) => String(index)) });
    const { event } = await polled({ subject, durableId: "d", batchSize: 1_000, maxRecords: 10_000 });
    expect(event?.variables).toMatchObject({ messagesCount: HELD_MAX });
    expect(await pendingOf(stream, "d")).toMatchObject({ unacknowledged: HELD_MAX, unread: 1 });
  });
});

describe("RealtimeTrigger", () => {
  test("tells each message, and goes on behind the one whose execution is durable", async () => {
    const { subject, stream } = await kept();
    await published({ subject, from: [{ data: "a", headers: { h: "1" } }, "b"] });
    await using world = createTestWorld();
    await using listening = world.listen(realtimeTrigger, { url: server.url, subject });
    const first = await listening.next();
    expect(first.event).toEqual({
      variables: { subject, data: "a", headers: { h: ["1"] }, timestamp: expect.any(String) },
      position: { stream, sequence: 1 },
    });
    first.accept();
    expect((await listening.next()).event.variables).toMatchObject({ data: "b" });
    await using later = createTestWorld({ position: { stream, sequence: 1 } });
    await using again = later.listen(realtimeTrigger, { url: server.url, subject });
    expect((await again.next()).event.variables).toMatchObject({ data: "b" });
  });

  test("with a durable consumer acknowledges when the execution is durable", async () => {
    const { subject, stream } = await kept();
    await published({ subject, from: ["a", "b"] });
    const given = { url: server.url, subject, durableId: "d" };
    {
      await using world = createTestWorld();
      await using listening = world.listen(realtimeTrigger, given);
      (await listening.next()).accept();
      const second = await listening.next();
      expect(await pendingOf(stream, "d")).toMatchObject({ acknowledged: 1 });
      second.refuse(new Error("the store is away"));
      await expect(listening.ended).rejects.toThrow("the store is away");
    }
    await using world = createTestWorld();
    await using listening = world.listen(realtimeTrigger, given);
    expect((await listening.next()).event.variables).toMatchObject({ data: "b" });
  });

  test("ends when its server does", async () => {
    await using own = await startNats();
    const client = await connect({ servers: own.url });
    await (await jetstreamManager(client)).streams.add({ name: "s", subjects: ["s"] });
    client.publish("s", "a", { headers: headers() });
    await using world = createTestWorld();
    await using listening = world.listen(realtimeTrigger, { url: own.url, subject: "s" });
    await listening.next();
    await own.kill();
    await expect(listening.ended).rejects.toThrow(/^NATS at 127\.0\.0\.1:\d+ can't be used/u);
    await client.close();
  });
});
