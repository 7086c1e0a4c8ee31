import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { fivetran } from "../testing/data-movers.ts";
import { reply, startService } from "../testing/fake-service.ts";
import { routesOf } from "../testing/scenario.ts";
import { sync } from "./sync.ts";

const { authorization, properties, going, ended } = fivetran;

test("a sync that runs already is stopped for a new one with force", async () => {
  const forced = { request: z.strictObject({ force: z.literal(true) }), answers: [{ code: "Success" }] };
  await using service = await startService(authorization, {
    ...routesOf(fivetran, ended),
    "POST /v1/connections/speak/sync": forced,
  });
  await using world = createTestWorld();
  expect(await world.run(sync, { ...properties(service.url), force: true })).toMatchObject({ state: "SUCCESS" });
});

test("the version of the API is said", async () => {
  await using service = await startService(authorization, routesOf(fivetran, ended));
  await using world = createTestWorld();
  await world.run(sync, { ...properties(service.url), wait: false });
  for (const { headers } of service.received) expect(headers.accept).toBe("application/json;version=2");
});

test("a failure of before the start is none of this sync", async () => {
  await using service = await startService(authorization, routesOf(fivetran, going, ended));
  await using world = createTestWorld();
  expect(await world.run(sync, { ...properties(service.url), pollFrequency: "PT0S" })).toMatchObject({
    state: "SUCCESS",
  });
});

test("a request that fails in passing is sent maxAttempts times", async () => {
  await using service = await startService(authorization, routesOf(fivetran, reply(500)));
  await using world = createTestWorld();
  const outcome = await world.run(sync, { ...properties(service.url), maxAttempts: 2 });
  expect(outcome).toMatchObject({ state: "FAILED" });
  expect(service.asked.slice(2)).toEqual(["GET /v1/connections/speak", "GET /v1/connections/speak"]);
});
