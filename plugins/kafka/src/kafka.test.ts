import { type JsonMap, readRecords } from "@capstan/sdk";
import { createTestWorld, startSilentServer, type TestOptions, type TestWorld } from "@capstan/sdk/test-kit";
import { Admin } from "@platformatic/kafka";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { consume } from "./consume.ts";
import { produce } from "./produce.ts";
import { realtimeTrigger, UNDER_WAY_MAX } from "./realtime-trigger.ts";
import { type Broker, startKafka, USER } from "./testing/kafka.ts";
import { trigger } from "./trigger.ts";

let broker: Broker;
let admin: Admin;
let properties: JsonMap;
beforeAll(async () => {
  broker = await startKafka();
  admin = new Admin({ clientId: "tests", bootstrapBrokers: [broker.servers] });
  properties = { "bootstrap.servers": broker.servers, "auto.offset.reset": "earliest" };
}, 180_000);
afterAll(async () => {
  await admin.close();
  await broker[Symbol.asyncDispose]();
});

const name = () => `t-${crypto.randomUUID()}`;

async function produced(given: JsonMap, options: TestOptions = {}) {
  await using world = createTestWorld(options);
  world.files.seed("kestra:///rows.ion", '{"key":"a","value":{"x":1}}\n{value:{x:2}}\n');
  const outcome = await world.run(produce, { properties: { "bootstrap.servers": broker.servers }, ...given });
  return { ...outcome, metrics: world.metrics, logs: world.logs, masked: world.masked };
}

async function rowsOf(world: TestWorld, uri: unknown): Promise<Record<string, unknown>[]> {
  if (typeof uri !== "string") return [];
  const records = await Array.fromAsync(readRecords(await world.files.read(uri)));
  return records.map(({ value }) => value as Record<string, unknown>);
}

/** Reads so many records, or what there is until nothing comes for a moment. */
async function consumed(given: JsonMap, maxRecords?: number) {
  await using world = createTestWorld();
  const limits = maxRecords === undefined ? { pollDuration: "PT0.5S" } : { pollDuration: "PT10S", maxRecords };
  const outcome = await world.run(consume, { properties, ...limits, ...given });
  const rows = await rowsOf(world, outcome.outputs?.["uri"]);
  return { ...outcome, rows, logs: world.logs, metrics: world.metrics };
}

async function valuesIn(topic: string, given: JsonMap = {}, maxRecords?: number) {
  const { rows } = await consumed({ topic, ...given }, maxRecords);
  return rows.map(({ value }) => value);
}

async function committedOf(groupId: string, topic: string): Promise<number> {
  const [group] = await admin.listConsumerGroupOffsets({ groups: [groupId] });
  const partitions = group?.topics.find((one) => one.name === topic)?.partitions ?? [];
  return partitions.reduce((sum, { committedOffset }) => sum + Math.max(0, Number(committedOffset)), 0);
}

const compare = (a: string, b: string) => a.localeCompare(b);
const many = (count: number) => Array.from({ length: count }, (_none, value) => ({ value }));

describe("Produce", () => {
  test("writes a record with all that it may have", async () => {
    const topic = name();
    const from = { key: "k", value: "v", partition: 2, timestamp: "2026-01-31T10:00:00Z", headers: { h: "ä", n: 1 } };
    const outcome = await produced({ topic, from });
    expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { messagesCount: 1 } });
    expect(outcome.metrics).toEqual([{ name: "records", type: "counter", value: 1, tags: { topic } }]);
    const timestamp = "2026-01-31T10:00:00.000Z";
    expect((await consumed({ topic }, 1)).rows).toEqual([
      { key: "k", value: "v", headers: [{ h: "ä" }, { n: "1" }], topic, partition: 2, timestamp, offset: 0 },
    ]);
  });

  test.each([
    [{ from: [{ value: 1 }, { value: "b" }] }, [1, "b"]],
    [{ from: "kestra:///rows.ion" }, [{ x: 1 }, { x: 2 }]],
    [{ from: '{"value": {"y": 1}}' }, [{ y: 1 }]],
    [{ from: "{{ rows }}" }, [{ b: 2 }]],
    [{ from: { value: null } }, [null]],
    [{ from: [] }, []],
    [{ from: { value: 1 }, transactional: false }, [1]],
    [{ from: { value: 1 }, transactional: false, properties: { acks: "1", "compression.type": "gzip" } }, [1]],
  ])("of %j writes %j", async (given, values) => {
    const topic = name();
    const more = "properties" in given ? given.properties : {};
    const options = { variables: { rows: [{ value: { b: 2 } }] } };
    const settings = { "bootstrap.servers": broker.servers, ...more };
    const outcome = await produced({ topic, valueSerializer: "JSON", ...given, properties: settings }, options);
    expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { messagesCount: values.length } });
    const read = await valuesIn(topic, { valueDeserializer: "JSON" }, values.length || undefined);
    expect(read).toHaveLength(values.length);
    for (const value of values) expect(read).toContainEqual(value);
  });

  test("keeps one key in the partition where Java's client has it, and spreads those without", async () => {
    const topic = name();
    await produced({
      topic,
      from: [
        { key: "21", value: "a" },
        { key: "21", value: "b" },
      ],
    });
    await produced({ topic, from: many(6), valueSerializer: "JSON" });
    const { rows } = await consumed({ topic }, 8);
    // The murmur2 of Java's client for "21" is -973932308.
    expect(rows.filter(({ key }) => key === "21").map(({ partition }) => partition)).toEqual(
      Array(2).fill((-973_932_308 & 0x7fffffff) % 3),
    );
    expect(new Set(rows.filter(({ key }) => key === null).map(({ partition }) => partition)).size).toBe(3);
  });

  test("writes what was read to the topics that records name", async () => {
    const [one, two] = [name(), name()];
    await produced({ topic: one, from: { key: "k", value: "v", headers: { h: "1" } } });
    const { rows } = await consumed({ topic: one }, 1);
    await produced({ from: rows.map((row) => ({ ...row, topic: two })) });
    expect((await consumed({ topic: two }, 1)).rows).toEqual(rows.map((row) => ({ ...row, topic: two })));
  });

  test("of a transaction that fails leaves nothing for those who read what is committed", async () => {
    const topic = name();
    const from = [...many(2_000), { value: "no number" }];
    const outcome = await produced({ topic, from, valueSerializer: "INTEGER" });
    expect(outcome).toMatchObject({
      state: "FAILED",
      message: "A value can't be written as INTEGER: it is no whole number.",
    });
    await produced({ topic, from: { value: 7 }, valueSerializer: "INTEGER" });
    const committed = { properties: { ...properties, "isolation.level": "read_committed" } };
    expect(await valuesIn(topic, { ...committed, valueDeserializer: "INTEGER" })).toEqual([7]);
    expect(await valuesIn(topic, { valueDeserializer: "INTEGER" }, 1_001)).toContain(999);
  });

  test.each([
    [{ from: "text" }, "A record is no map."],
    [{ from: { value: "a" }, topic: undefined }, "There is a record without a topic."],
    [{ from: { value: "a", partition: 3 } }, "has 3 partitions, counted from 0, and so none 3."],
    [{ from: { value: "a", partition: -1 } }, "The `partition` of a record is no number from 0 on."],
    [{ from: { value: "a", timestamp: "soon" } }, "The `timestamp` of a record is neither"],
    [{ from: { value: "a", headers: "h" } }, "The `headers` of a record are no map"],
    [{ from: { value: "a" }, valueSerializer: "AVRO" }, "AVRO needs a schema registry, which is not supported yet."],
    [{ from: { value: "no base64" }, valueSerializer: "BYTES" }, "A value can't be written as BYTES: it is no Base64."],
    [{ from: { value: "a" }, properties: {} }, "`properties` has no `bootstrap.servers`."],
    [
      { from: { value: "a" }, properties: { "bootstrap.servers": "nowhere" } },
      "`bootstrap.servers` is no list of brokers.",
    ],
  ])("with %j fails", async (given, message) => {
    const outcome = await produced({ topic: name(), ...given } as JsonMap);
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringContaining(message) });
  });

  test("names the broker that it can't reach", async () => {
    const given = { topic: "t", from: { value: "a" }, properties: { "bootstrap.servers": "127.0.0.1:1" } };
    expect((await produced(given)).message).toMatch(/^Kafka at 127\.0\.0\.1:1 can't be used: .*ECONNREFUSED/u);
  });

  test("a kill closes a connection that gets no answer", async () => {
    await using silent = await startSilentServer();
    const abort = new AbortController();
    const settings = { "bootstrap.servers": `127.0.0.1:${silent.port}` };
    const outcome = produced({ topic: "t", from: { value: 1 }, properties: settings }, { signal: abort.signal });
    await silent.connected;
    abort.abort(new Error("killed"));
    expect(await outcome).toMatchObject({ state: "FAILED", message: "killed" });
    await silent.left();
  });
});

describe("a connection", () => {
  const jaas = (password: string) =>
    `org.apache.kafka.common.security.plain.PlainLoginModule required username="${USER.username}" password="${password}";`;
  const secure = (more: JsonMap = {}) => ({
    "bootstrap.servers": broker.secureServers,
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "PLAIN",
    "sasl.jaas.config": jaas(USER.password),
    ...more,
  });
  const withAuthority = (more: JsonMap = {}) =>
    secure({ "ssl.truststore.type": "PEM", "ssl.truststore.certificates": broker.authority, ...more });

  test("is made over TLS with a name and a password, which is masked", async () => {
    const outcome = await produced({ topic: name(), from: { value: "a" }, properties: withAuthority() });
    expect(outcome).toMatchObject({ state: "SUCCESS", masked: [USER.password] });
  });

  test.each([
    ["the PEM of an authority", () => broker.authority],
    ["its Base64", () => Buffer.from(broker.authority).toString("base64")],
  ])("trusts a store that is %s", async (_what, given) => {
    const settings = secure({ "ssl.truststore.location": given() });
    expect(await produced({ topic: name(), from: { value: "a" }, properties: settings })).toMatchObject({
      state: "SUCCESS",
    });
  });

  test.each([
    [() => withAuthority({ "sasl.jaas.config": jaas("wrong-word") }), "SASL authentication failed"],
    [() => secure(), "self-signed certificate"],
  ])("is refused with %#", async (given, message) => {
    const outcome = await produced({ topic: name(), from: { value: "a" }, properties: given() });
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringContaining(message) });
    expect(outcome.message).not.toMatch(/wrong-word|open sesame/u);
  });

  test("warns of properties that nothing comes of", async () => {
    const settings = { "bootstrap.servers": broker.servers, "linger.ms": "5", "made.up": "1" };
    const { logs } = await produced({ topic: name(), from: { value: "a" }, properties: settings });
    const message = "Properties of the client without effect here: linger.ms, made.up.";
    expect(logs).toContainEqual({ level: "WARN", message });
  });
});

describe("Consume", () => {
  test("of a group reads what is new, and commits it when its file is stored", async () => {
    const [topic, groupId] = [name(), name()];
    await produced({ topic, from: many(5), valueSerializer: "JSON" });
    expect(await valuesIn(topic, { groupId }, 3)).toHaveLength(3);
    expect(await committedOf(groupId, topic)).toBe(3);
    expect(await valuesIn(topic, { groupId }, 2)).toHaveLength(2);
    expect(await valuesIn(topic, { groupId })).toEqual([]);
    expect(await valuesIn(topic, {}, 5)).toHaveLength(5);
  });

  test("commits nothing when the file can't be stored", async () => {
    const [topic, groupId] = [name(), name()];
    await produced({ topic, from: many(5), valueSerializer: "JSON" });
    await using world = createTestWorld();
    world.files.put = () => Promise.reject(new Error("the disk is full"));
    const given = { properties, topic, groupId, pollDuration: "PT0.5S" };
    expect(await world.run(consume, given)).toMatchObject({ state: "FAILED", message: "the disk is full" });
    expect(await committedOf(groupId, topic)).toBe(0);
  });

  test("of a new group begins at the end, and misses nothing from then on", async () => {
    const given = { topic: name(), groupId: name(), properties: { "bootstrap.servers": broker.servers } };
    await produced({ topic: given.topic, from: { value: "old" } });
    expect(await valuesIn(given.topic, given)).toEqual([]);
    await produced({ topic: given.topic, from: { value: "new" } });
    expect(await valuesIn(given.topic, given, 1)).toEqual(["new"]);
  });

  test("of a new group fails where it is to begin nowhere", async () => {
    const settings = { ...properties, "auto.offset.reset": "none" };
    const { message } = await consumed({ topic: name(), groupId: name(), properties: settings });
    expect(message).toContain("`auto.offset.reset` is none. Set it to earliest or latest.");
  });

  test("goes on where the topic begins when what its group would read is gone", async () => {
    const [topic, groupId] = [name(), name()];
    await produced({ topic, from: [1, 2, 3, 4].map((value) => ({ value, partition: 0 })), valueSerializer: "JSON" });
    await valuesIn(topic, { groupId }, 1);
    await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 3n }] }] });
    expect(await valuesIn(topic, { groupId }, 1)).toEqual(["4"]);
  });

  test("reads the partitions that it is told to, for a group too", async () => {
    const [topic, groupId] = [name(), name()];
    await produced({ topic, from: [0, 1, 2].map((partition) => ({ value: `p${partition}`, partition })) });
    expect(await valuesIn(topic, { partitions: [0, 2] }, 2)).toEqual(expect.arrayContaining(["p0", "p2"]));
    expect(await valuesIn(topic, { partitions: [1], groupId }, 1)).toEqual(["p1"]);
    expect(await valuesIn(topic, { partitions: [1], groupId })).toEqual([]);
    expect((await consumed({ topic, partitions: [7] })).message).toContain("has 3 partitions");
  });

  test("reads since a time", async () => {
    const topic = name();
    const at = (day: number) => ({ value: `d${day}`, partition: 0, timestamp: `2026-01-0${day}T00:00:00Z` });
    await produced({ topic, from: [at(1), at(2), at(3)] });
    expect(await valuesIn(topic, { since: "2026-01-02T00:00:00Z" }, 2)).toEqual(["d2", "d3"]);
    expect(await valuesIn(topic, { since: "2026-02-01T00:00:00Z" })).toEqual([]);
  });

  test("reads several topics, by names or by a pattern for whole names", async () => {
    const base = name();
    for (const suffix of ["a", "b", "ab"]) await produced({ topic: `${base}-${suffix}`, from: { value: suffix } });
    const { rows } = await consumed({ topic: [`${base}-a`, `${base}-ab`] }, 2);
    expect(rows.map(({ value }) => String(value)).toSorted(compare)).toEqual(["a", "ab"]);
    const matching = await consumed({ topicPattern: `${base}-[ab]`, groupId: name() }, 2);
    expect(matching.rows.map(({ value }) => String(value)).toSorted(compare)).toEqual(["a", "b"]);
  });

  test("passes over records without the headers that it is to look for", async () => {
    const topic = name();
    const of = (value: string, headers: JsonMap) => ({ value, headers });
    await produced({ topic, from: [of("a", { x: "1", y: "2" }), of("b", { x: "1" }), of("c", { x: "2", y: "2" })] });
    expect(await valuesIn(topic, { headerFilters: { x: "1", y: "2" } }, 1)).toEqual(["a"]);
  });

  test("with a longest time ends then, and not before", async () => {
    const topic = name();
    await produced({ topic, from: { value: "a" } });
    const started = performance.now();
    const given = { topic, maxDuration: "PT0.3S", pollDuration: "PT0.01S" };
    expect(await consumed(given)).toMatchObject({ outputs: { messagesCount: 1 } });
    expect(performance.now() - started).toBeGreaterThan(300);
  });

  test("reads more than brokers answer at once", async () => {
    const topic = name();
    const value = "x".repeat(20_000);
    await produced({ topic, from: Array.from({ length: 300 }, (_none, key) => ({ key, value })) });
    const settings = { ...properties, "max.partition.fetch.bytes": "300000" };
    const { rows } = await consumed({ topic, properties: settings }, 300);
    expect(rows).toHaveLength(300);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(300);
  });

  describe("with a record that is no JSON", () => {
    async function topicWithOne() {
      const topic = name();
      await produced({ topic, from: ["1", "{broken", "3"].map((value) => ({ value, partition: 0 })) });
      return { topic, valueDeserializer: "JSON", groupId: name() };
    }

    test("fails, says where it is, and commits nothing", async () => {
      const given = await topicWithOne();
      expect((await consumed(given)).message).toContain(`The record 1 of partition 0 of ${given.topic} can't be read`);
      expect(await committedOf(given.groupId, given.topic)).toBe(0);
    });

    test("leaves it out", async () => {
      const given = await topicWithOne();
      const { rows, logs } = await consumed({ ...given, onSerdeError: { type: "SKIPPED" } }, 2);
      expect(rows.map(({ value }) => value)).toEqual([1, 3]);
      expect(logs.filter(({ level }) => level === "WARN")).toHaveLength(1);
      expect(await committedOf(given.groupId, given.topic)).toBe(3);
    });

    test("sends it to another topic", async () => {
      const given = await topicWithOne();
      const letters = name();
      const { rows } = await consumed({ ...given, onSerdeError: { type: "DLQ", topic: letters } }, 2);
      expect(rows).toHaveLength(2);
      expect(await valuesIn(letters, {}, 1)).toEqual(["{broken"]);
      expect((await consumed({ ...given, onSerdeError: { type: "DLQ" } })).message).toContain("has no `topic`");
    });

    test("keeps it in a file", async () => {
      const given = await topicWithOne();
      const { rows, logs } = await consumed({ ...given, onSerdeError: { type: "STORE" } }, 2);
      expect(rows).toHaveLength(2);
      expect(logs.at(0)?.message).toMatch(/is kept in kestra:\/\/\/\S+-unreadable-\S+-0-1\.ion\.$/u);
    });
  });

  test.each([
    [{}, "Either `topic` or `topicPattern` says what to read."],
    [{ topic: "a", topicPattern: "b" }, "Either `topic` or `topicPattern` says what to read."],
    [{ topicPattern: "(" }, "`topicPattern` is no regular expression"],
    [{ topicPattern: "there is none" }, "No topic's name fits `topicPattern`"],
    [{ topic: "a", groupType: "SHARE" }, "`groupType: SHARE` is not supported yet."],
    [{ topic: "a", keyDeserializer: "PROTOBUF" }, "PROTOBUF needs a schema registry"],
  ])("with %j fails", async (given, message) => {
    expect((await consumed(given)).message).toContain(message);
  });

  test("a kill ends it, and leaves its group", async () => {
    const [topic, groupId] = [name(), name()];
    await produced({ topic, from: { value: "a" } });
    const abort = new AbortController();
    await using world = createTestWorld({ signal: abort.signal });
    const taken = Promise.withResolvers<void>();
    world.files.put = async (_name, content) => {
      for await (const _piece of content as AsyncIterable<Buffer>) taken.resolve();
      return "kestra:///never";
    };
    const outcome = world.run(consume, { properties, topic, groupId, maxRecords: 2, maxDuration: "PT1H" });
    while ((await admin.describeGroups({ groups: [groupId] })).get(groupId)?.state !== "Stable");
    abort.abort(new Error("killed"));
    expect(await outcome).toMatchObject({ state: "FAILED", message: "killed" });
    expect(await committedOf(groupId, topic)).toBe(0);
  });
});

describe("Trigger", () => {
  async function polled(given: JsonMap, position?: unknown) {
    await using world = createTestWorld(position === undefined ? {} : { position: position as JsonMap });
    const event = await world.poll(trigger, { properties, pollDuration: "PT10S", valueDeserializer: "JSON", ...given });
    const rows = await rowsOf(world, event?.variables?.["uri"]);
    return { event, values: rows.map(({ value }) => value), files: world.files };
  }

  const silent = { pollDuration: "PT0.5S" };

  test("tells what is new, and commits it at the next question", async () => {
    const given = { topic: name(), groupId: name(), maxRecords: 3 };
    await produced({ topic: given.topic, from: many(3), valueSerializer: "JSON" });
    const first = await polled(given);
    expect(first.event?.variables).toMatchObject({ messagesCount: 3 });
    expect(await committedOf(given.groupId, given.topic)).toBe(0);
    const second = await polled({ ...given, ...silent }, first.event?.position);
    expect(second.event?.variables).toBeUndefined();
    expect(await committedOf(given.groupId, given.topic)).toBe(3);
    expect((await polled({ ...given, ...silent }, second.event?.position)).event).toBeUndefined();
  });

  test("tells again what it told when that became no execution", async () => {
    const given = { topic: name(), groupId: name(), maxRecords: 3 };
    await produced({ topic: given.topic, from: many(3), valueSerializer: "JSON" });
    await polled(given);
    expect((await polled(given)).values).toHaveLength(3);
  });

  test("goes on with what came after it told", async () => {
    const given = { topic: name(), groupId: name(), maxRecords: 2 };
    await produced({ topic: given.topic, from: many(3), valueSerializer: "JSON" });
    const first = await polled(given);
    const second = await polled({ ...given, maxRecords: 1 }, first.event?.position);
    expect(new Set([...first.values, ...second.values])).toEqual(new Set([0, 1, 2]));
  });

  test("of another group heeds nothing that it told before", async () => {
    const given = { topic: name(), groupId: name(), maxRecords: 1 };
    await produced({ topic: given.topic, from: many(1), valueSerializer: "JSON" });
    const first = await polled(given);
    expect((await polled({ ...given, groupId: name() }, first.event?.position)).values).toEqual([0]);
  });
});

describe("RealtimeTrigger", () => {
  const given = (topic: string, groupId: string) => ({ properties, topic, groupId, valueDeserializer: "JSON" });

  test("tells each record, and commits those that are durable with all before them", async () => {
    const [topic, groupId] = [name(), name()];
    await produced({ topic, from: [0, 1, 2].map((value) => ({ value, partition: 0 })), valueSerializer: "JSON" });
    {
      await using world = createTestWorld();
      await using listening = world.listen(realtimeTrigger, given(topic, groupId));
      const told = [await listening.next(), await listening.next(), await listening.next()];
      expect(told.map(({ event }) => event.variables)).toMatchObject([
        { value: 0, topic, partition: 0, offset: 0, key: null, headers: [], timestamp: expect.any(String) },
        { value: 1, offset: 1 },
        { value: 2, offset: 2 },
      ]);
      told[0]!.accept();
      told[1]!.refuse(new Error("the store is away"));
      told[2]!.accept();
      await expect(listening.ended).rejects.toThrow("the store is away");
    }
    expect(await committedOf(groupId, topic)).toBe(1);
    await using world = createTestWorld();
    await using listening = world.listen(realtimeTrigger, given(topic, groupId));
    expect((await listening.next()).event.variables).toMatchObject({ value: 1 });
  });

  test("has so many executions under way and no more", async () => {
    const [topic, groupId] = [name(), name()];
    const records = Array.from({ length: UNDER_WAY_MAX + 1 }, (_none, value) => ({ value, partition: 0 }));
    await produced({ topic, from: records, valueSerializer: "JSON" });
    await using world = createTestWorld();
    await using listening = world.listen(realtimeTrigger, given(topic, groupId));
    const told = await Promise.all(records.slice(1).map(() => listening.next()));
    expect(listening.pending).toEqual([]);
    for (const one of told) one.accept();
    expect((await listening.next()).event.variables).toMatchObject({ value: UNDER_WAY_MAX });
    expect(await committedOf(groupId, topic)).toBe(UNDER_WAY_MAX);
  });

  test("shares a topic with another one of its group, and takes over when that ends", async () => {
    const [topic, groupId] = [name(), name()];
    await admin.createTopics({ topics: [topic], partitions: 2, replicas: 1 });
    await using world = createTestWorld();
    const quick = { ...given(topic, groupId), properties: { ...properties, "heartbeat.interval.ms": "100" } };
    await using one = world.listen(realtimeTrigger, quick);
    const memberCount = async () => (await admin.describeGroups({ groups: [groupId] })).get(groupId)?.members.size;
    const settled = async (count: number) => {
      for (;;) {
        const group = (await admin.describeGroups({ groups: [groupId] })).get(groupId);
        if (group?.state === "Stable" && (await memberCount()) === count) return;
      }
    };
    await settled(1);
    {
      await using _two = world.listen(realtimeTrigger, quick);
      await settled(2);
    }
    await settled(1);
    await produced({ topic, from: [0, 1].map((value) => ({ value, partition: value })), valueSerializer: "JSON" });
    // One may be read before the other partition is given back: each is accepted, or the next would wait for it.
    const values = new Set<unknown>();
    while (values.size < 2) {
      const { event, accept } = await one.next();
      values.add(event.variables["value"]);
      accept();
    }
    expect(values).toEqual(new Set([0, 1]));
  });
});
