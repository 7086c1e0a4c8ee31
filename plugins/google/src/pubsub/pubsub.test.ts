import { type JsonMap, type JsonValue, readRecords, type TaskDefinition, workerStop } from "@capstan/sdk";
import { createTestWorld, startSilentServer, type TestOptions, type TestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BUILD_MS_MAX } from "../testing/fake-gcs.ts";
import { PROJECT, type PubsubServer, startPubsub, TOKEN } from "../testing/pubsub-server.ts";
import { consume } from "./consume.ts";
import { BATCH_MAX, publish } from "./publish.ts";
import { realtimeTrigger } from "./realtime-trigger.ts";
import { EVENT_MESSAGES_MAX, trigger } from "./trigger.ts";

let server: PubsubServer;
beforeAll(async () => {
  server = await startPubsub();
}, BUILD_MS_MAX);
afterAll(() => server?.[Symbol.asyncDispose]());

const place = () => ({ endpoint: server.endpoint, projectId: PROJECT, accessToken: TOKEN });
/** A topic with a subscription, of one name. */
async function made(more: object = {}): Promise<{ readonly topic: string; readonly subscription: string }> {
  const topic = `t-${crypto.randomUUID()}`;
  await server.call("PUT", `topics/${topic}`);
  await server.call("PUT", `subscriptions/${topic}`, { topic: `projects/${PROJECT}/topics/${topic}`, ...more });
  return { topic, subscription: topic };
}
const send = (topic: string, ...texts: readonly string[]) =>
  server.call("POST", `topics/${topic}:publish`, {
    messages: texts.map((text) => ({ data: Buffer.from(text).toString("base64") })),
  });

interface Pulled {
  readonly ackId: string;
  readonly message: { readonly data?: string; readonly attributes?: JsonMap; readonly orderingKey?: string };
}
/** What others get now. */
async function pulled(subscription: string): Promise<readonly Pulled[]> {
  const answer = await server.call("POST", `subscriptions/${subscription}:pull`, { maxMessages: 2_000 });
  return (answer["receivedMessages"] ?? []) as Pulled[];
}
const textsOf = (messages: readonly Pulled[]) =>
  messages.map(({ message: { data = "" } }) => Buffer.from(data, "base64").toString()).toSorted();

async function run(task: TaskDefinition, given: JsonMap, options: TestOptions = {}) {
  await using world = createTestWorld(options);
  const outcome = await world.run(task, { ...place(), ...given });
  return { ...outcome, world };
}
async function rowsOf({ files }: TestWorld, uri: unknown): Promise<readonly Record<string, unknown>[]> {
  const records = await Array.fromAsync(readRecords(await files.read(uri as string)));
  return records.map(({ value }) => value as Record<string, unknown>);
}
const dataOf = async (world: TestWorld, uri: unknown) =>
  (await rowsOf(world, uri)).map(({ data }) => data).toSorted(byText);
const byText = (one: unknown, other: unknown) => String(one).localeCompare(String(other));

describe("Publish", () => {
  test.each([
    [{ data: "one" }, ["one"]],
    [
      [{ data: { two: 2 } }, { data: [3] }],
      ["[3]", '{"two":2}'],
    ],
    ['{"data": 4, "orderingKey": null}', ["4"]],
  ])("%j is published", async (from, expected) => {
    const { topic, subscription } = await made();
    const { outputs, world } = await run(publish, { topic, from });
    expect(outputs).toEqual({ messagesCount: expected.length });
    expect(world.metrics).toEqual([{ name: "pubsub.publish.messages", type: "counter", value: expected.length }]);
    expect(textsOf(await pulled(subscription))).toEqual(expected);
  });

  test("attributes and ordering keys go along, and the name may be whole", async () => {
    const { topic, subscription } = await made();
    const from = { attributes: { source: "me", n: 1 }, orderingKey: "k" };
    const { state } = await run(publish, { topic: `projects/${PROJECT}/topics/${topic}`, projectId: "other", from });
    expect(state).toBe("SUCCESS");
    const [{ message } = { message: {} }] = await pulled(subscription);
    expect(message).toMatchObject({ attributes: { source: "me", n: "1" }, orderingKey: "k" });
  });

  test.each([
    ["STRING", "text"],
    ["JSON", '"text"'],
  ])("as %s a text is %s", async (serdeType, expected) => {
    const { topic, subscription } = await made();
    await run(publish, { topic, from: { data: "text" }, serdeType });
    expect(textsOf(await pulled(subscription))).toEqual([expected]);
  });

  test("the records of a file are published, a thousand to a request", async () => {
    const { topic, subscription } = await made();
    await using world = createTestWorld();
    const lines = Array.from({ length: BATCH_MAX + 1 }, (_, number) => JSON.stringify({ data: `row ${number}` }));
    const from = await world.files.put("rows.ion", lines.join("\n"));
    const { outputs } = await world.run(publish, { ...place(), topic, from });
    expect(outputs).toEqual({ messagesCount: BATCH_MAX + 1 });
    expect(await pulled(subscription)).toHaveLength(BATCH_MAX + 1);
  });

  test.each([
    [[{ data: "a" }, {}], "Message 2 of `from` can't be sent: it has neither `data` nor `attributes`."],
    ["text", "Message 1 of `from` can't be sent: it is no map with `data`."],
    [{ data: "a", attributes: { a: [] } }, "Message 1 of `from` can't be sent: `attributes.a`"],
  ])("%j is refused with its number", async (from, expected) => {
    const { topic } = await made();
    expect((await run(publish, { topic, from })).message).toContain(expected);
  });

  test.each([
    ["no", '"no" names none of the topics of Pub/Sub.'],
    ["projects/shop/subscriptions/abc", "names none of the topics of Pub/Sub."],
    ["projects/shop/topics/../abc", "names none of the topics of Pub/Sub."],
    ["t-nobody-made", 'Publishing messages 1 to 1 to projects/shop/topics/t-nobody-made failed: topic "projects/shop'],
  ])("the topic %s is refused with what is wrong", async (topic, expected) => {
    expect((await run(publish, { topic, from: { data: "a" } })).message).toContain(expected);
  });

  test("other credentials are refused, and never shown", async () => {
    const { topic } = await made();
    const { message, world } = await run(publish, { topic, from: { data: "a" }, accessToken: "s3cret" });
    expect(message).toMatch(/\(HTTP 401, UNAUTHENTICATED\)\. Check/);
    expect(JSON.stringify([message, world.logs])).not.toContain("s3cret");
  });
});

describe("Consume", () => {
  test("messages are taken into a file and acknowledged", async () => {
    const { topic, subscription } = await made();
    await send(topic, "a", "b");
    await run(publish, { topic, from: { attributes: { x: "y" }, orderingKey: "k" } });
    const { outputs, world } = await run(consume, { topic, subscription });
    expect(outputs).toMatchObject({ count: 3 });
    const rows = await rowsOf(world, outputs!["uri"]);
    expect(rows.map(({ data }) => data).toSorted(byText)).toEqual(["a", "b", null]);
    expect(rows.find(({ data }) => data === null)).toEqual({
      data: null,
      messageId: expect.any(String),
      publishTime: expect.stringMatching(/^\d{4}-/),
      attributes: { x: "y" },
      orderingKey: "k",
    });
    expect(world.metrics).toEqual([{ name: "pubsub.consume.records", type: "counter", value: 3 }]);
    expect((await run(consume, { topic, subscription })).outputs).toMatchObject({ count: 0 });
  });

  test("no more than maxRecords are taken; the others stay for whoever asks", async () => {
    const { topic, subscription } = await made();
    await send(topic, "a", "b", "c");
    expect((await run(consume, { topic, subscription, maxRecords: 2 })).outputs).toMatchObject({ count: 2 });
    expect(await pulled(subscription)).toHaveLength(1);
  });

  test("after maxDuration no more are waited for", async () => {
    const { topic, subscription } = await made();
    await send(topic, "a");
    const { outputs } = await run(consume, { topic, subscription, maxDuration: "PT0.2S" });
    expect(outputs).toMatchObject({ count: 1 });
  });

  test("what is no JSON stays there, and is logged", async () => {
    const { topic, subscription } = await made();
    await send(topic, "{", '{"n":12345678901234567890}');
    const { outputs, world } = await run(consume, { topic, subscription, serdeType: "JSON" });
    expect(await dataOf(world, outputs!["uri"])).toEqual([{ n: "12345678901234567890" }]);
    expect(world.logs).toEqual([
      { level: "ERROR", message: expect.stringMatching(/ is no JSON, and stays in projects/) },
    ]);
  });

  test.each([true, false])("a subscription that isn't there is made: %s", async (autoCreateSubscription) => {
    const { topic } = await made();
    const subscription = `s-${crypto.randomUUID()}`;
    const { state, message } = await run(consume, {
      topic,
      subscription,
      autoCreateSubscription,
      maxDuration: "PT0.2S",
    });
    expect(state).toBe(autoCreateSubscription ? "SUCCESS" : "FAILED");
    if (!autoCreateSubscription) expect(message).toMatch(/^Reading projects\/shop\/subscriptions\/s-.* failed: /);
    await send(topic, "a");
    expect(await pulled(subscription)).toHaveLength(autoCreateSubscription ? 1 : 0);
  });

  test("messages whose file can't be stored come again at once", async () => {
    const { topic, subscription } = await made();
    await send(topic, "a", "b");
    await using world = createTestWorld();
    Object.assign(world.files, { put: () => Promise.reject(new Error("the storage is full")) });
    const { message } = await world.run(consume, { ...place(), topic, subscription });
    expect(message).toBe("the storage is full");
    expect(textsOf(await pulled(subscription))).toEqual(["a", "b"]);
  });

  test.each([new Error("the task was killed"), workerStop()])(
    "%s: what was taken comes again at once",
    async (reason) => {
      const { topic, subscription } = await made();
      await send(topic, "a");
      const kill = new AbortController();
      await using world = createTestWorld({ signal: kill.signal });
      const put = world.files.put.bind(world.files);
      Object.assign(world.files, {
        async put(...args: Parameters<typeof put>) {
          const uri = await put(...args);
          kill.abort(reason);
          return uri;
        },
      });
      const { message } = await world.run(consume, { ...place(), topic, subscription });
      expect(message).toBe(reason.message);
      expect(textsOf(await pulled(subscription))).toEqual(["a"]);
    },
  );

  test("a kill ends the wait for a server that says nothing", async () => {
    await using silent = await startSilentServer();
    const kill = new AbortController();
    const given = { topic: "abc", subscription: "abc", endpoint: `http://127.0.0.1:${silent.port}` };
    const outcome = run(consume, given, { signal: kill.signal });
    await silent.connected;
    kill.abort(new Error("the task was killed"));
    expect((await outcome).message).toBe("the task was killed");
    await silent.left();
  });
});

async function ask(given: JsonMap, position?: JsonValue) {
  const world = createTestWorld(position === undefined ? {} : { position });
  const event = await world.poll(trigger, { ...place(), maxDuration: "PT0.6S", ...given });
  const data = event?.variables === undefined ? undefined : await dataOf(world, event.variables["uri"]);
  return { event, data, count: event?.variables?.["count"], position: event?.position };
}

describe("Trigger", () => {
  test("messages since the last question are one event, and are acknowledged at the next", async () => {
    const names = await made();
    expect((await ask(names)).event).toBeUndefined();
    await send(names.topic, "a", "b");
    const first = await ask(names);
    expect([first.count, first.data]).toEqual([2, ["a", "b"]]);
    await send(names.topic, "c");
    const second = await ask(names, first.position);
    expect(second.data).toEqual(["c"]);
    const third = await ask(names, second.position);
    expect(third.event).toEqual({
      position: { subscription: `projects/shop/subscriptions/${names.subscription}`, told: [] },
    });
    expect((await ask(names, third.position)).event).toBeUndefined();
  });

  test("an event that never became durable is told again", async () => {
    const names = await made();
    await send(names.topic, "a");
    const lost = await ask(names);
    await giveBack(names.subscription, lost.position);
    expect((await ask(names)).data).toEqual(["a"]);
  });

  test("a message that comes again before it is acknowledged is not told twice", async () => {
    const names = await made();
    await send(names.topic, "a");
    const { position } = await ask(names);
    // As an acknowledgement that comes too late: it doesn't count, and the message is given again.
    await giveBack(names.subscription, position);
    const [again] = await pulled(names.subscription);
    await server.call("POST", `subscriptions/${names.subscription}:modifyAckDeadline`, {
      ackIds: [again!.ackId],
      ackDeadlineSeconds: 0,
    });
    const { told } = position as { told: readonly (readonly [string, string])[] };
    const late = { ...(position as object), told: told.map(([id]) => [id, "too-late"]) };
    const { event } = await ask(names, late);
    expect(event).toEqual({ position: { ...late, told: [] } });
    expect(await pulled(names.subscription)).toEqual([]);
  });

  /** As Pub/Sub does when its time is over. */
  async function giveBack(subscription: string, position: JsonValue | undefined) {
    const { told } = position as { told: readonly (readonly [string, string])[] };
    const body = { ackIds: told.map(([, ackId]) => ackId), ackDeadlineSeconds: 0 };
    await server.call("POST", `subscriptions/${subscription}:modifyAckDeadline`, body);
  }

  test("one execution gets so many messages at most, whatever is asked for", async () => {
    const names = await made();
    const texts = Array.from({ length: EVENT_MESSAGES_MAX + 1 }, (_, number) => `m${number}`);
    await send(names.topic, ...texts);
    const { count, position } = await ask({ ...names, maxRecords: EVENT_MESSAGES_MAX + 1 });
    expect(count).toBe(EVENT_MESSAGES_MAX);
    expect((await ask(names, position)).count).toBe(1);
  });

  test("without a name the trigger has a subscription of its own", async () => {
    const { topic } = await made();
    expect((await ask({ topic })).event).toBeUndefined();
    await send(topic, "a");
    const { position } = await ask({ topic });
    expect(position).toMatchObject({
      subscription: "projects/shop/subscriptions/capstan.company.team.my-flow.trigger",
    });
  });
});

describe("RealtimeTrigger", () => {
  const listen = (names: JsonMap) => createTestWorld().listen(realtimeTrigger, { ...place(), ...names });

  test("each message is an event, and is acknowledged when its execution is durable", async () => {
    const names = await made();
    await send(names.topic, '{"a":1}');
    await using listening = listen({ ...names, serdeType: "JSON" });
    const { event, accept } = await listening.next();
    expect(event).toEqual({
      variables: { data: { a: 1 }, messageId: expect.any(String), publishTime: expect.any(String) },
    });
    accept();
    await send(names.topic, '{"a":2}');
    expect((await listening.next()).event.variables["data"]).toEqual({ a: 2 });
    await listening[Symbol.asyncDispose]();
    expect(textsOf(await pulled(names.subscription))).toEqual([]);
  });

  test("of one ordering key a message waits for the one before it", async () => {
    const names = await made({ enableMessageOrdering: true });
    const from = ["a", "b"].map((data) => ({ data, orderingKey: "k" }));
    await run(publish, { ...names, from });
    await using listening = listen(names);
    const first = await listening.next();
    expect(first.event.variables["data"]).toBe("a");
    expect(listening.pending).toEqual([]);
    first.accept();
    expect((await listening.next()).event.variables["data"]).toBe("b");
  });

  test("what could not be told is logged", async () => {
    const names = await made();
    await send(names.topic, "a");
    await using world = createTestWorld();
    await using listening = world.listen(realtimeTrigger, { ...place(), ...names });
    (await listening.next()).refuse(new Error("the database is away"));
    await expect.poll(() => world.logs.length).toBe(1);
    expect(world.logs[0]!.message).toMatch(
      /^The message \S+ could not be told, and comes again\. the database is away$/,
    );
  });
});
