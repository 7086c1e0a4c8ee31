import { type JsonValue, readRecords, type TriggerEvent } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RedisServer, startRedis } from "../testing/redis-server.ts";
import { realtimeTrigger } from "./realtime-trigger.ts";
import { trigger } from "./trigger.ts";

const CLAIMED = "capstan:{jobs}:main/company.team/my-flow/trigger";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => server.redis.flushall());

/** A world whose trigger got so far with an event that became durable. */
const at = (position: JsonValue | undefined) => (position === undefined ? {} : { position });

const claimed = () => server.redis.lrange(CLAIMED, 0, -1);

describe("a polling trigger", () => {
  /** Asks once; `position` is that of the last event that became durable. */
  async function polled(position: JsonValue | undefined, properties: object = {}) {
    await using world = createTestWorld(at(position));
    const found = await world.poll(trigger, { url: server.url, key: "jobs", maxRecords: 2, ...properties });
    if (found === undefined) return undefined;
    const { variables, position: next } = found as TriggerEvent;
    const records = await Array.fromAsync(readRecords(await world.files.read(variables["uri"] as string)));
    return { count: variables["count"], elements: records.map(({ value }) => value), position: next };
  }

  test("finds elements in the order of the list, at most so many at once, and each one once", async () => {
    await server.redis.rpush("jobs", "a", "b", "c");
    const first = await polled(undefined);
    expect(first).toMatchObject({ count: 2, elements: ["a", "b"] });
    const second = await polled(first?.position);
    expect(second).toMatchObject({ count: 1, elements: ["c"] });
    expect(await polled(second?.position)).toBeUndefined();
    expect(await server.redis.exists("jobs", CLAIMED)).toBe(0);
  });

  test("finds again what was found by a server that was killed before it was durable, before all else", async () => {
    await server.redis.rpush("jobs", "a", "b", "c");
    const first = await polled(undefined, { maxRecords: 1 });
    await polled(first?.position); // What it answers is lost with its server.
    await server.redis.lpush("jobs", "pushed later");
    expect(await polled(first?.position, { maxRecords: 9 })).toMatchObject({ elements: ["b", "c", "pushed later"] });
  });

  test("finds all again when its position is lost, rather than nothing", async () => {
    await server.redis.rpush("jobs", "a");
    await polled(undefined);
    expect(await polled(undefined)).toMatchObject({ elements: ["a"] });
  });

  test("removes nothing that a second server of the same trigger took meanwhile", async () => {
    await server.redis.rpush("jobs", "a");
    const first = await polled(undefined);
    await server.redis.rpush(CLAIMED, "of another");
    expect(await polled(first?.position)).toMatchObject({ elements: ["of another"] });
  });

  test("is asked with a position of a batch that is not the last, and removes nothing", async () => {
    await server.redis.rpush(CLAIMED, "a");
    expect(await polled({ name: "unknown", count: 1 })).toMatchObject({ elements: ["a"] });
  });

  test("starts no execution for an empty list, and leaves nothing behind", async () => {
    expect(await polled(undefined)).toBeUndefined();
    expect(await server.redis.dbsize()).toBe(0);
  });

  test("keeps apart what two triggers take of one list", async () => {
    await server.redis.rpush("jobs", "a", "b");
    await using other = createTestWorld({ identity: { flowId: "other" } });
    await other.poll(trigger, { url: server.url, key: "jobs", maxRecords: 1 });
    expect(await polled(undefined)).toMatchObject({ elements: ["b"] });
  });

  test("takes thousands with few commands", async () => {
    const all = Array.from({ length: 5_000 }, (_none, index) => `element ${index}`);
    await server.redis.rpush("jobs", ...all);
    expect((await polled(undefined, { maxDuration: "PT1M", maxRecords: 5_000, count: 1_000 }))?.elements).toEqual(all);
  });

  test("says that no limit is given", async () => {
    await using world = createTestWorld();
    await expect(world.poll(trigger, { url: server.url, key: "jobs" })).rejects.toThrow(
      "Neither `maxRecords` nor `maxDuration` says when to stop",
    );
  });
});

describe("a realtime trigger", () => {
  const listening = (position?: JsonValue, properties: object = {}, world = createTestWorld(at(position))) =>
    world.listen(realtimeTrigger, { url: server.url, key: "jobs", ...properties });
  const valueOf = ({ event }: { event: TriggerEvent }) => event.variables["value"];

  test("hands on one element after the other, each when the one before is durable", async () => {
    await server.redis.rpush("jobs", '{"a":1}', "b");
    const world = createTestWorld();
    await using listener = listening(undefined, { serdeType: "JSON" }, world);
    const first = await listener.next();
    expect(valueOf(first)).toEqual({ a: 1 });
    expect(await claimed()).toEqual(['{"a":1}']);
    expect(listener.pending).toEqual([]);
    first.accept();
    const second = await listener.next();
    expect(valueOf(second)).toBe("b");
    expect(world.logs).toContainEqual(expect.objectContaining({ level: "WARN" }));
    expect(await claimed()).toEqual(["b"]);
  });

  test("waits for what is pushed later", async () => {
    await using listener = listening();
    const next = listener.next();
    await blocked();
    await server.redis.rpush("jobs", "a");
    expect(valueOf(await next)).toBe("a");
  });

  test("gives again what its server had not made durable when it was killed", async () => {
    await server.redis.rpush("jobs", "a", "b");
    {
      await using killed = listening();
      await killed.next();
    }
    await using listener = listening();
    const first = await listener.next();
    expect(valueOf(first)).toBe("a");
    first.accept();
    expect(valueOf(await listener.next())).toBe("b");
  });

  test("does not give again what was durable when its server was killed, although nobody had removed it", async () => {
    await server.redis.rpush("jobs", "a", "b");
    let position: JsonValue | undefined;
    {
      await using killed = listening();
      ({ position } = (await killed.next()).event);
    }
    expect(await claimed()).toEqual(["a"]);
    await using listener = listening(position);
    expect(valueOf(await listener.next())).toBe("b");
  });

  test("ends when an event is not taken, and gives it again", async () => {
    await server.redis.rpush("jobs", "a");
    await using refused = listening();
    (await refused.next()).refuse(new Error("the store is away"));
    await expect(refused.ended).rejects.toThrow(/^the store is away$/u);
    await using listener = listening();
    expect(valueOf(await listener.next())).toBe("a");
  });

  test("ends with a reason when the server goes away", async () => {
    await using mortal = await startRedis();
    await using listener = listening(undefined, { url: mortal.url });
    const next = listener.next();
    await mortal.redis.rpush("jobs", "a");
    (await next).accept();
    await mortal.kill();
    await expect(listener.ended).rejects.toThrow(/^Redis at 127\.0\.0\.1:\d+ can't be asked: /u);
  });

  test("ends at once when it is told to, while it waits", async () => {
    const listener = listening();
    await blocked();
    await listener[Symbol.asyncDispose]();
    await expect(listener.ended).rejects.toThrow(/^the server has ended$/u);
    await server.redis.rpush("jobs", "a");
    expect(await server.redis.llen("jobs")).toBe(1);
  });

  /** Resolves when the server holds a client that waits for an element. */
  async function blocked(): Promise<void> {
    for (let info = ""; !info.includes("blocked_clients:1");) info = await server.redis.info("clients");
  }
});
