import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { startService } from "../testing/fake-service.ts";
import { routesOf } from "../testing/scenario.ts";
import { application, argocd } from "../testing/schedulers.ts";
import { RESOURCES_MAX } from "./application.ts";
import { status } from "./status.ts";
import { sync } from "./sync.ts";

const { authorization, properties, ended } = argocd;
const APP = "/api/v1/applications/shop";

test("an attempt that is given out again finds the operation that it has started before", async () => {
  await using service = await startService(authorization, {
    [`GET ${APP}`]: { answers: [application("Running"), ended] },
  });
  await using world = createTestWorld();
  expect(await world.run(sync, properties(service.url))).toMatchObject({ state: "SUCCESS" });
  expect(service.asked).toEqual([`GET ${APP}`, `GET ${APP}`]);
});

test("an older operation is not taken for this one, however it ended", async () => {
  const older = application("Failed", {}, [{ name: "capstan-attempt", value: "another" }]);
  await using service = await startService(authorization, routesOf(argocd, older, ended));
  await using world = createTestWorld();
  expect(await world.run(sync, properties(service.url))).toMatchObject({ state: "SUCCESS" });
});

test("all options of a sync are sent, for an application in a namespace of its own", async () => {
  const request = z.strictObject({
    appNamespace: z.literal("team"),
    revision: z.literal("v1"),
    prune: z.literal(false),
    dryRun: z.literal(true),
    strategy: z.strictObject({ hook: z.strictObject({ force: z.literal(true) }) }),
    infos: z.array(z.unknown()),
  });
  const query = { appNamespace: "team" };
  await using service = await startService(authorization, {
    [`GET ${APP}`]: { query, answers: [application(undefined), ended] },
    [`POST ${APP}/sync`]: { request, answers: [application("Running")] },
  });
  await using world = createTestWorld();
  const outcome = await world.run(sync, {
    ...properties(service.url),
    application: "team/shop",
    revision: "v1",
    prune: false,
    dryRun: true,
    force: true,
  });
  expect(outcome.message).toBeUndefined();
});

test("Status tells of an application as it is", async () => {
  await using service = await startService(authorization, {
    [`GET ${APP}`]: { query: { refresh: "normal" }, answers: [application("Succeeded")] },
  });
  await using world = createTestWorld();
  const { prune: _prune, ...given } = properties(service.url);
  const { outputs } = await world.run(status, { ...given, refresh: true });
  expect(outputs).toMatchObject({
    syncStatus: "Synced",
    healthStatus: "Healthy",
    conditions: [],
    app: { status: { operationState: { phase: "Succeeded" } }, spec: { project: "default" } },
  });
});

test.each([
  [RESOURCES_MAX, 0],
  [RESOURCES_MAX + 1, 1],
])("of %d resources those that are too many are left out, with a warning", async (count, warnings) => {
  const app = application(undefined);
  const resources = Array.from({ length: count }, (_, n) => ({ kind: "Pod", name: `p${n}` }));
  await using service = await startService(authorization, {
    [`GET ${APP}`]: { answers: [{ ...app, status: { ...app.status, resources } }] },
  });
  await using world = createTestWorld();
  const { prune: _prune, ...given } = properties(service.url);
  const { outputs } = await world.run(status, given);
  expect(outputs!["resources"]).toHaveLength(RESOURCES_MAX);
  expect(world.logs.filter(({ level }) => level === "WARN")).toHaveLength(warnings);
});

test.each([
  ["HOST", true],
  ["http://HOST/", false],
])("a server %s with plaintext %s is asked by HTTP", async (server, plaintext) => {
  await using service = await startService(authorization, { [`GET ${APP}`]: { answers: [application(undefined)] } });
  await using world = createTestWorld();
  const { prune: _prune, ...given } = properties(service.url);
  const host = service.url.replace("http://", "");
  const outcome = await world.run(status, { ...given, plaintext, server: server.replace("HOST", host) });
  expect(outcome.state).toBe("SUCCESS");
});
