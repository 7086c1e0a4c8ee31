import { createTestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, startPrometheus, startPushgateway, type StartedServer } from "./testing/prometheus-programs.ts";
import { trigger } from "./trigger.ts";

let gateway: StartedServer;
let prometheus: StartedServer;
const watching = { query: 'up{job="gateway"} == 0', fetchType: "FETCH" };

beforeAll(async () => {
  gateway = await startPushgateway();
  prometheus = await startPrometheus([{ job: "gateway", address: new URL(gateway.url).host }]);
  await eventually(() => polled({ query: 'up{job="gateway"} == 1' }));
}, 60_000);
afterAll(async () => {
  await prometheus[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

async function polled(properties: Record<string, unknown>) {
  await using world = createTestWorld();
  const event = await world.poll(trigger, { url: prometheus.url, ...(properties as object) });
  return event === undefined ? undefined : { ...event, stored: world.files.uris() };
}

test("a query that can't be read is an error of the trigger", async () => {
  await expect(polled({ query: "up ==" })).rejects.toThrow(/status 400 .*unexpected end of input/);
});

test("nothing is started, and nothing stored, before a target is down; then it is, again and again", async () => {
  expect(await polled(watching)).toBeUndefined();
  await using world = createTestWorld();
  await world.poll(trigger, { url: prometheus.url, ...watching, fetchType: "STORE" });
  expect(world.files.uris()).toEqual([]);
  const { host } = new URL(gateway.url);
  await gateway[Symbol.asyncDispose]();
  const event = await eventually(() => polled(watching));
  expect(event.variables).toMatchObject({
    total: 1,
    size: 1,
    resultType: "vector",
    metrics: [{ labels: { job: "gateway", instance: host }, value: "0" }],
  });
  expect((await polled({ ...watching, fetchType: "NONE" }))?.variables).toEqual({
    total: 1,
    size: 1,
    resultType: "vector",
  });
  const stored = await polled({ ...watching, fetchType: "STORE" });
  expect(stored?.stored).toEqual([stored?.variables?.["uri"]]);
});
