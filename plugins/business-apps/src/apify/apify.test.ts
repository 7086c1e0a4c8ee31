import { type JsonMap, type TaskDefinition, TaskFailure } from "@capstan/sdk";
import { createTestWorld, type Route, startStrictServer, type TestOptions } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { datasetGet, WAIT_MS_MAX } from "./dataset-get.ts";
import { lastRun } from "./last-run.ts";
import { actorRun, taskRun } from "./run-tasks.ts";

const TOKEN = "apify_test-token";
const RUN = {
  id: "r1",
  actId: "a1",
  status: "READY",
  defaultDatasetId: "d1",
  usageTotalUsd: 0.01,
  stats: { restartCount: 0 },
};

const started: Route = {
  params: z.strictObject({
    timeout: z.coerce.number().optional(),
    memory: z.enum(["128", "1024", "32768"]).optional(),
    maxItems: z.coerce.number().optional(),
    maxTotalChargeUsd: z.coerce.number().optional(),
    build: z.string().optional(),
    waitForFinish: z.coerce.number().max(60).optional(),
    webhooks: z.base64().optional(),
  }),
  answer: { status: 201, body: { data: RUN } },
};
const flag = z.literal("true").optional();
const names = z.string().min(1).optional();

/** As Apify documents it. */
const routes = (pages: readonly (readonly unknown[])[], input?: z.ZodType): Record<string, Route> => {
  const left = [...pages];
  return {
    "POST /v2/acts/apify~web-scraper/runs": { ...started, ...(input !== undefined && { body: input }) },
    "POST /v2/actor-tasks/t1/runs": started,
    "GET /v2/acts/a1/runs/last": { answer: { body: { data: { ...RUN, status: "SUCCEEDED" } } } },
    "GET /v2/datasets/d1/items": {
      params: z.strictObject({
        format: z.literal("json"),
        offset: z.coerce.number(),
        limit: z.coerce.number().min(1),
        clean: flag,
        skipEmpty: flag,
        skipFailedPages: flag,
        skipHidden: flag,
        simplified: flag,
        desc: flag,
        fields: names,
        omit: names,
        unwind: names,
        flatten: names,
        view: names,
      }),
      answer: () => ({ body: left.length > 1 ? left.shift() : left[0] }),
    },
  };
};

interface Options extends TestOptions {
  readonly pages?: readonly (readonly unknown[])[];
  readonly input?: z.ZodType;
  readonly token?: string;
}

async function run(
  task: TaskDefinition,
  properties: JsonMap,
  { pages = [[{ n: 1 }]], input, token = TOKEN, ...world_ }: Options = {},
) {
  await using apify = await startStrictServer(
    (headers) => headers.authorization === `Bearer ${token}`,
    routes(pages, input),
  );
  await using world = createTestWorld(world_);
  const outcome = await world.run(task, { apiToken: TOKEN, endpointOverride: apify.url, ...properties });
  return { ...outcome, params: apify.params, bodies: apify.bodies, received: apify.received, world };
}

test("an actor is run with all that was given", async () => {
  const webhooks = Buffer.from("[]").toString("base64");
  const input = { startUrls: [{ url: "https://example.com" }], depth: 1 };
  const limits = { requestTimeout: 600, maxItems: 5, maxTotalChargeUsd: 0.5, build: "latest", waitForFinish: 60 };
  const properties = { actorId: "apify/web-scraper", memory: "MB_1024", webhooks, input, ...limits };
  const { outputs, message, params, bodies } = await run(actorRun, properties, { input: z.looseObject({}) });
  expect(message).toBeUndefined();
  expect(outputs).toEqual(RUN);
  expect(bodies).toEqual([input]);
  const { requestTimeout: _, ...others } = Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [name, String(value)]),
  );
  expect(params).toEqual([{ timeout: "600", memory: "1024", webhooks, ...others }]);
});

test("what is not given is not sent", async () => {
  const { outputs, params } = await run(taskRun, { taskId: "t1" });
  expect([outputs, params]).toEqual([RUN, [{}]]);
});

test.each([
  ["MB_128", "SUCCESS"],
  ["MB_32768", "SUCCESS"],
  ["MB_100", "FAILED"],
  ["1024", "FAILED"],
])("the memory %s ends in %s", async (memory, state) => {
  expect((await run(taskRun, { taskId: "t1", memory })).state).toBe(state);
});

test.each([
  [60, "SUCCESS"],
  [61, "FAILED"],
])("%j seconds of waiting end in %s", async (waitForFinish, state) => {
  expect((await run(taskRun, { taskId: "t1", waitForFinish })).state).toBe(state);
});

test("the last run is looked at", async () => {
  expect((await run(lastRun, { actorId: "a1" })).outputs).toMatchObject({
    status: "SUCCEEDED",
    defaultDatasetId: "d1",
  });
});

test("the items of a dataset are read", async () => {
  const { outputs, params, world } = await run(datasetGet, { datasetId: "d1" });
  expect(outputs).toEqual({ dataset: [{ n: 1 }] });
  expect(params).toEqual([{ format: "json", offset: "0", limit: "1000", clean: "true", skipEmpty: "true" }]);
  expect(world.metrics).toEqual([{ name: "records", type: "counter", value: 1 }]);
});

test("what is wanted of the items goes to Apify", async () => {
  const flags = { clean: false, skipEmpty: false, skipFailedPages: true, skipHidden: true, simplified: true };
  const fields = { fields: "userId, #id", omit: ["#id"], unwind: ["a", "b"], flatten: ["c"] };
  const properties = { datasetId: "d1", offset: 1, limit: 10, sort: "DESC", view: "overview", ...flags, ...fields };
  expect((await run(datasetGet, properties)).params).toEqual([
    {
      format: "json",
      offset: "1",
      limit: "10",
      skipFailedPages: "true",
      skipHidden: "true",
      simplified: "true",
      fields: "userId, #id",
      omit: "#id",
      unwind: "a,b",
      flatten: "c",
      desc: "true",
      view: "overview",
    },
  ]);
});

test("items that are not there yet are waited for", async () => {
  const { outputs, received } = await run(datasetGet, { datasetId: "d1" }, { pages: [[], [{ n: 2 }]] });
  expect([outputs, received.length]).toEqual([{ dataset: [{ n: 2 }] }, 2]);
});

test("a dataset that stays empty is given up", async () => {
  let time = 0;
  const now = () => (time += WAIT_MS_MAX);
  const { message, received } = await run(datasetGet, { datasetId: "d1" }, { pages: [[]], now });
  expect(message).toBe("The dataset d1 has had no items for 5 minutes. Look at its run at Apify.");
  expect(received).toHaveLength(1);
});

test("a kill ends the waiting", async () => {
  const kill = new AbortController();
  const reads = { count: 0 };
  const now = () => {
    // The clock is read when the wait begins.
    if ((reads.count += 1) === 2) setImmediate(() => kill.abort(new TaskFailure("killed")));
    return 0;
  };
  const { state, received } = await run(datasetGet, { datasetId: "d1" }, { pages: [[]], now, signal: kill.signal });
  expect([state, received.length]).toEqual(["FAILED", 1]);
});

test.each([
  [datasetGet, { datasetId: "" }, "`datasetId` is empty"],
  [datasetGet, { datasetId: "d1", flatten: true }, "`flatten` is true, which names no fields"],
  [actorRun, { actorId: ".." }, '`actorId` is ".."'],
  [taskRun, { taskId: "" }, "`taskId` is empty"],
  [taskRun, { taskId: "t1", webhooks: "no" }, "`webhooks` is no list"],
])("what says nothing is not sent (%#)", async (task, properties, message) => {
  const outcome = await run(task, properties);
  expect(outcome.message).toContain(message);
  expect(outcome.received).toEqual([]);
});

test("no message has the token", async () => {
  const { message, world } = await run(lastRun, { actorId: "a1", apiToken: "apify_hidden" });
  expect(message).toContain("status 401");
  expect(JSON.stringify([message, world.logs])).not.toContain("apify_hidden");
});
