import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { airbyte, airbyteCloud } from "../testing/data-movers.ts";
import { reply, startService } from "../testing/fake-service.ts";
import { routesOf } from "../testing/scenario.ts";
import { checkStatus } from "./check-status.ts";
import { cloudReset } from "./cloud-reset.ts";
import { cloudSync } from "./cloud-sync.ts";
import { sync } from "./sync.ts";

const ACTIVE = {
  ...routesOf(airbyte, airbyte.going),
  "POST /api/v1/connections/sync": {
    ...airbyte.start["POST /api/v1/connections/sync"]!,
    answers: [reply(409, { message: "A sync is already running" })],
  },
};

test("a sync that runs already fails the task", async () => {
  await using service = await startService(airbyte.authorization, ACTIVE);
  await using world = createTestWorld();
  expect(await world.run(sync, airbyte.properties(service.url))).toMatchObject({
    state: "FAILED",
    message: "Airbyte: a sync of connection c-1 runs already. Wait for its end, or set `failOnActiveSync` to false.",
  });
});

test("a sync that runs already is an output with failOnActiveSync: false", async () => {
  await using service = await startService(airbyte.authorization, ACTIVE);
  await using world = createTestWorld();
  const outcome = await world.run(sync, { ...airbyte.properties(service.url), failOnActiveSync: false });
  expect(outcome).toEqual({ state: "SUCCESS", outputs: { alreadyRunning: true }, message: undefined });
});

test("CheckStatus waits for a job and leaves it alone when it is killed", async () => {
  const { authorization, going, ended } = airbyte;
  await using service = await startService(authorization, routesOf(airbyte, going, ended));
  await using world = createTestWorld();
  const { connectionId: _connectionId, ...connection } = airbyte.properties(service.url);
  const properties = { ...connection, jobId: "970", pollFrequency: "PT0.1S" };
  expect(await world.run(checkStatus, properties)).toMatchObject({ outputs: { finalJobStatus: "succeeded" } });

  const kill = new AbortController();
  const killed = () => {
    kill.abort(new Error("the task was killed"));
    return going;
  };
  await using other = await startService(authorization, routesOf(airbyte, killed));
  await using killedWorld = createTestWorld({ signal: kill.signal });
  const outcome = await killedWorld.run(checkStatus, { ...properties, url: other.url });
  expect(outcome.message).toBe("the task was killed");
  expect(other.asked).toEqual(["POST /api/v1/jobs/get"]);
});

test("the token of an application is fetched once, and again before it expires", async () => {
  const grant = (value: string) => ({ access_token: value, token_type: "Bearer", expires_in: 180 });
  let now = 0;
  const later = () => {
    now += 100_000;
    return airbyte.going;
  };
  const token = {
    request: z.strictObject({ client_id: z.literal("app"), client_secret: z.literal("s3cret-app") }),
    answers: [grant("granted"), grant("granted")],
  };
  await using service = await startService("Bearer granted", {
    ...routesOf(airbyte, later, later, airbyte.ended),
    "POST /api/v1/applications/token": token,
  });
  await using world = createTestWorld({ now: () => now });
  const applicationCredentials = { clientId: "app", clientSecret: "s3cret-app" };
  const properties = { url: service.url, connectionId: "c-1", applicationCredentials, pollFrequency: "PT0S" };
  expect(await world.run(sync, properties)).toMatchObject({ state: "SUCCESS" });
  expect(service.asked.map((route) => route.split("/").at(-1))).toEqual([
    "token",
    "sync",
    "get",
    "get",
    "token",
    "get",
  ]);
});

test("an application of the cloud asks with the token of its own address", async () => {
  const token = { access_token: "granted", expires_in: 900 };
  await using service = await startService("Bearer granted", {
    ...routesOf(airbyteCloud, airbyteCloud.ended),
    "POST /v1/applications/token": {
      request: z.strictObject({
        client_id: z.literal("app"),
        client_secret: z.literal("s3cret-app"),
        "grant-type": z.literal("client_credentials"),
      }),
      answers: [token],
    },
  });
  await using world = createTestWorld();
  const application = { clientId: "app", clientSecret: "s3cret-app", tokenURL: `${service.url}/v1/applications/token` };
  const outcome = await world.run(cloudSync, { apiUrl: service.url, connectionId: "c-1", ...application });
  expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { job: { jobId: 18, rowsSynced: 12 } } });
  expect(world.metrics).toEqual([
    { name: "bytes.synced", type: "counter", value: 2048 },
    { name: "rows.synced", type: "counter", value: 12 },
  ]);
});

test("a reset asks for a job of another kind", async () => {
  await using service = await startService("Bearer t", {
    "POST /v1/jobs": {
      request: z.strictObject({ connectionId: z.literal("c-1"), jobType: z.literal("reset") }),
      answers: [{ jobId: 19, status: "pending", jobType: "reset" }],
    },
  });
  await using world = createTestWorld();
  const properties = { apiUrl: service.url, token: "t", connectionId: "c-1", wait: false };
  expect(await world.run(cloudReset, properties)).toMatchObject({ outputs: { job: { jobId: 19, jobType: "reset" } } });
});
