import { once } from "node:events";
import { type JsonMap, readRecords } from "@capstan/sdk";
import { createTestWorld, type Emitted, startSilentServer, type TestOptions } from "@capstan/sdk/test-kit";
import mqtt, { type IPublishPacket } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { publish } from "./publish.ts";
import { realtimeTrigger } from "./realtime-trigger.ts";
import { subscribe } from "./subscribe.ts";
import { type Broker, startMosquitto } from "./testing/mosquitto.ts";

let broker: Broker;
beforeAll(async () => {
  broker = await startMosquitto();
});
afterAll(() => broker[Symbol.asyncDispose]());

async function published(properties: object, options: TestOptions = {}) {
  await using world = createTestWorld(options);
  world.files.seed("kestra:///rows.ion", '{"a":1}\n"text"\n');
  const outcome = await world.run(publish, {
    server: broker.url,
    clientId: "publisher",
    serdeType: "JSON",
    ...properties,
  });
  return { ...outcome, metrics: world.metrics };
}

/** What comes of a topic, through a client of the test's own. */
async function subscriber(topic: string) {
  const client = await mqtt.connectAsync({
    port: Number(new URL(broker.url).port),
    host: "127.0.0.1",
    protocolVersion: 5,
  });
  const packets: IPublishPacket[] = [];
  const arrived = new EventTarget();
  client.on("message", (_topic, _payload, packet) => {
    packets.push(packet);
    arrived.dispatchEvent(new Event("message"));
  });
  await client.subscribeAsync(topic, { qos: 2 });
  return {
    async first(count: number) {
      while (packets.length < count) await once(arrived, "message");
      return packets;
    },
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}

describe("Publish", () => {
  test.each([
    [{ from: { a: "ä" } }, ['{"a":"ä"}']],
    [{ from: ["text", 5] }, ['"text"', "5"]],
    [{ from: "kestra:///rows.ion" }, ['{"a":1}', '"text"']],
    [{ from: "{{ rows }}", serdeType: "STRING" }, ["one", '{"b":2}']],
    [{ from: "w6Q=", serdeType: "BYTES" }, ["ä"]],
    [{ from: [1, 2], qos: 2 }, ["1", "2"]],
    [{ from: [1, 2], qos: 0 }, ["1", "2"]],
    [{ from: [1, 2], mqttVersion: "V3" }, ["1", "2"]],
  ])("of %j sends %j", async (properties, payloads) => {
    const topic = `sent/${crypto.randomUUID()}`;
    await using client = await subscriber(topic);
    const outcome = await published({ topic, ...properties }, { variables: { rows: ["one", { b: 2 }] } });
    expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { messagesCount: payloads.length } });
    expect(outcome.metrics).toEqual([{ name: "records", type: "counter", value: payloads.length, tags: { topic } }]);
    expect((await client.first(payloads.length)).map(({ payload }) => payload.toString())).toEqual(payloads);
  });

  test("sends more than may be under way at once", async () => {
    await using client = await subscriber("many");
    const from = Array.from({ length: 250 }, (_none, index) => index);
    expect(await published({ topic: "many", from })).toMatchObject({ outputs: { messagesCount: 250 } });
    expect((await client.first(250)).map(({ payload }) => Number(payload))).toEqual(from);
  });

  test("says where an answer is expected, and lets the broker keep it", async () => {
    const answer = { responseTopic: "answers", correlationData: "42" };
    await published({ topic: "kept", from: "a", retain: true, ...answer });
    await using client = await subscriber("kept");
    const [packet] = await client.first(1);
    expect(packet).toMatchObject({ retain: true, properties: { responseTopic: "answers" } });
    expect(packet!.properties!.correlationData!.toString()).toBe("42");
  });

  test.each([
    [{ from: "no base64", serdeType: "BYTES" }, "A value is no Base64, which `serdeType: BYTES` wants"],
    [{ server: "localhost" }, "`server` is no address of a broker. Write it as tcp://host:1883"],
    [{ server: "tcp://ann:hidden@127.0.0.1:1" }, "The broker at 127.0.0.1:1 can't be used: connect ECONNREFUSED"],
    [{ qos: 3 }, "qos"],
  ])("with %j fails", async (properties, message) => {
    const outcome = await published({ topic: "t", from: "a", ...properties });
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringContaining(message) });
    expect(outcome.message).not.toContain("hidden");
  });

  test("logs in with a name and a password, which no message shows", async () => {
    const user = { username: "ann", password: "open sesame" };
    await using guarded = await startMosquitto({ user });
    const properties = { server: guarded.url, topic: "t", from: "a" };
    expect(await published({ ...properties, ...user })).toMatchObject({ state: "SUCCESS" });
    const address = guarded.url.replace("//", `//ann:${encodeURIComponent(user.password)}@`);
    expect(await published({ ...properties, server: address })).toMatchObject({ state: "SUCCESS" });
    const { state, message } = await published({ ...properties, ...user, password: "wrong-word" });
    expect(state).toBe("FAILED");
    expect(message).toMatch(/^The broker at 127\.0\.0\.1:\d+ can't be used: .*Not authorized/u);
    expect(message).not.toContain("wrong-word");
  });

  test("a kill closes a connection that gets no answer", async () => {
    await using silent = await startSilentServer();
    const abort = new AbortController();
    const server = `tcp://127.0.0.1:${silent.port}`;
    const outcome = published({ server, topic: "t", from: "a" }, { signal: abort.signal });
    await silent.connected;
    abort.abort(new Error("killed"));
    expect(await outcome).toMatchObject({ state: "FAILED", message: "killed" });
    await silent.left();
  });
});

describe("Subscribe", () => {
  async function received(properties: object) {
    await using world = createTestWorld();
    const outcome = await world.run(subscribe, { server: broker.url, clientId: "receiver", ...properties });
    const uri = outcome.outputs?.["uri"];
    const records = typeof uri === "string" ? await Array.fromAsync(readRecords(await world.files.read(uri))) : [];
    return { ...outcome, messages: records.map(({ value }) => value as Record<string, unknown>), logs: world.logs };
  }

  test("stores so many messages, with what is told of them", async () => {
    await published({ topic: "in/a", from: { x: 1 }, retain: true });
    await published({ topic: "in/b", from: "{broken", serdeType: "STRING", retain: true });
    const { outputs, messages, logs } = await received({ topic: ["in/a", "in/b"], maxRecords: 2 });
    expect(outputs).toMatchObject({ messagesCount: 2 });
    expect(messages.toSorted((a, b) => String(a["topic"]).localeCompare(String(b["topic"])))).toEqual([
      { id: expect.any(Number), topic: "in/a", qos: 1, payload: { x: 1 }, retain: true },
      { id: expect.any(Number), topic: "in/b", qos: 1, payload: "{broken", retain: true },
    ]);
    expect(logs).toContainEqual({ level: "WARN", message: "A message of in/b is no JSON; it is handed on as text." });
  });

  test.each(["V3", "V5"])("of %s ends in time when nothing comes", async (mqttVersion) => {
    expect(await received({ topic: "silent", maxDuration: "PT0.05S", mqttVersion })).toMatchObject({
      state: "SUCCESS",
      outputs: { messagesCount: 0 },
      messages: [],
    });
  });

  test("hands on bytes as Base64", async () => {
    await published({ topic: "bytes", from: "/wA=", serdeType: "BYTES", retain: true });
    expect((await received({ topic: "bytes", maxRecords: 1, serdeType: "BYTES" })).messages).toMatchObject([
      { payload: "/wA=" },
    ]);
  });

  test("says that no limit is given", async () => {
    expect((await received({ topic: "t" })).message).toContain("Neither `maxRecords` nor `maxDuration`");
  });
});

describe.each(["V3", "V5"])("a realtime trigger with %s", (mqttVersion) => {
  const properties = (clientId: string) => ({ server: broker.url, topic: `${clientId}/#`, clientId, mqttVersion });
  const listening = (given: JsonMap) => createTestWorld().listen(realtimeTrigger, given);
  const payloadOf = async (next: Promise<Emitted>) => (await next).event.variables["payload"];
  /** A trigger of a name of its own that has begun to listen: the first message has come. */
  async function begun() {
    const name = `trigger-${crypto.randomUUID()}`;
    await published({ topic: `${name}/first`, from: "first", retain: true });
    const listener = listening(properties(name));
    return { name, listener, first: await listener.next() };
  }

  test("hands on one message after the other, each when the one before is durable", async () => {
    const { name, listener, first } = await begun();
    await using _ending = listener;
    expect(first.event.variables).toMatchObject({ payload: "first", topic: `${name}/first`, qos: 1, retain: true });
    await published({ topic: `${name}/a`, from: [{ n: 1 }, { n: 2 }] });
    expect(listener.pending).toEqual([]);
    first.accept();
    const second = await listener.next();
    expect(second.event.variables["payload"]).toEqual({ n: 1 });
    expect(listener.pending).toEqual([]);
    second.accept();
    expect(await payloadOf(listener.next())).toEqual({ n: 2 });
  });

  test("is given again what was not durable when its server was killed, and what came while it was away", async () => {
    const { name, listener, first } = await begun();
    first.accept();
    await published({ topic: `${name}/a`, from: ["unheard"] });
    await listener.next();
    await listener[Symbol.asyncDispose]();
    await published({ topic: `${name}/a`, from: ["while away"] });
    await using again = listening(properties(name));
    // Version 3 brings what is retained with each subscription, also with one that is known.
    const expected = ["unheard", "while away", ...(mqttVersion === "V3" ? ["first"] : [])];
    const payloads: string[] = [];
    for (const _payload of expected) {
      const { event, accept } = await again.next();
      payloads.push(String(event.variables["payload"]));
      accept();
    }
    expect(payloads).toHaveLength(expected.length);
    expect(new Set(payloads)).toEqual(new Set(expected));
    await published({ topic: `${name}/a`, from: ["last"] });
    expect(await payloadOf(again.next())).toBe("last");
  });

  test("ends when an event is not taken, and with a reason when the broker goes away", async () => {
    const { listener, first } = await begun();
    first.refuse(new Error("the store is away"));
    await expect(listener.ended).rejects.toThrow(/^the store is away$/u);
    await listener[Symbol.asyncDispose]();
    await using mortal = await startMosquitto();
    await published({ server: mortal.url, topic: "a", from: 1, retain: true });
    await using bereft = listening({ ...properties("b"), server: mortal.url, topic: "a" });
    (await bereft.next()).accept();
    await mortal.kill();
    await expect(bereft.ended).rejects.toThrow(/^The broker at 127\.0\.0\.1:\d+ can't be used: /u);
  });
});
