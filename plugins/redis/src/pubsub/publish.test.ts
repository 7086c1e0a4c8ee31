import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { startRedis } from "../testing/redis-server.ts";
import { publish } from "./publish.ts";

test("messages get to who listens, in their order", async () => {
  await using server = await startRedis();
  const listener = server.redis;
  const received: string[] = [];
  const last = Promise.withResolvers<void>();
  listener.on("message", (channel: string, message: string) => {
    received.push(`${channel} ${message}`);
    if (message === '"last"') last.resolve();
  });
  await listener.subscribe("news");
  await using world = createTestWorld();
  const uri = world.files.seed("kestra:///rows.ion", '{"a":1}\n"text"\n');
  const send = (properties: object) => world.run(publish, { url: server.url, channel: "news", ...properties });
  expect((await send({ from: ["a", { b: 2 }] })).outputs).toEqual({ count: 2 });
  expect((await send({ from: uri, serdeType: "JSON" })).outputs).toEqual({ count: 2 });
  expect((await send({ from: "last", serdeType: "JSON" })).outputs).toEqual({ count: 1 });
  await last.promise;
  expect(received).toEqual(["news a", 'news {"b":2}', 'news {"a":1}', 'news "text"', 'news "last"']);
  expect(world.metrics).toContainEqual({ name: "published.records.count", type: "counter", value: 2 });
});

test("a message that nobody hears is published all the same", async () => {
  await using server = await startRedis();
  await using world = createTestWorld();
  const outcome = await world.run(publish, { url: server.url, channel: "news", from: ["a"] });
  expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { count: 1 } });
});
