import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { reply, startService } from "../testing/fake-service.ts";
import { routesOf } from "../testing/scenario.ts";
import { jenkins } from "../testing/schedulers.ts";
import { jobPath } from "./connection.ts";
import { jobBuild } from "./job-build.ts";
import { jobInfo } from "./job-info.ts";

const { authorization, properties, start } = jenkins;
const CREATED = reply(201, undefined, { location: "/queue/item/39/" });
const WAITING = { ...start, "GET /queue/item/39/api/json": { answers: [{ why: "no executor is free" }] } };

test.each([
  ["deploy", "/job/deploy"],
  ["team/deploy", "/job/team/job/deploy"],
  ["/team/my deploy/", "/job/team/job/my%20deploy"],
  ["a?b/c#d", "/job/a%3Fb/job/c%23d"],
])("the job %s is at %s", (name, path) => {
  expect(jobPath(name)).toBe(path);
});

test("a job whose name leads elsewhere is refused", () => {
  expect(() => jobPath("team/../../manage")).toThrow('`jobName` is "..".');
});

test.each([
  [
    { environment: "staging", count: 3, dry: true },
    { environment: "staging", count: "3", dry: "true" },
  ],
  [{}, {}],
])("parameters are sent as a form", async (parameters, form) => {
  const route = "POST /job/team/job/deploy/buildWithParameters";
  await using service = await startService(authorization, { [route]: { form, answers: [CREATED] } });
  await using world = createTestWorld();
  const outcome = await world.run(jobBuild, { ...properties(service.url), parameters });
  expect(outcome).toEqual({ state: "SUCCESS", outputs: { status: 201, queueId: 39 }, message: undefined });
});

test("a kill takes a build that still waits out of the queue", async () => {
  const kill = new AbortController();
  const killed = () => {
    kill.abort(new Error("the task was killed"));
    return { why: "no executor is free" };
  };
  await using service = await startService(authorization, {
    ...WAITING,
    "GET /queue/item/39/api/json": { answers: [killed] },
    "POST /queue/cancelItem": { query: { id: "39" }, form: {}, answers: [reply(204)] },
  });
  await using world = createTestWorld({ signal: kill.signal });
  const outcome = await world.run(jobBuild, { ...properties(service.url), wait: true });
  expect(outcome.message).toBe("the task was killed");
  expect(service.asked.at(-1)).toBe("POST /queue/cancelItem");
});

test("a build that somebody took out of the queue fails the task", async () => {
  await using service = await startService(authorization, {
    ...start,
    "GET /queue/item/39/api/json": { answers: [{ cancelled: true }] },
  });
  await using world = createTestWorld();
  const outcome = await world.run(jobBuild, { ...properties(service.url), wait: true });
  expect(outcome.message).toBe("Jenkins: team/deploy (39 in the queue) ended CANCELLED: it was taken out of the queue");
});

test("an unstable build ends the task with a warning", async () => {
  const unstable = { building: false, result: "UNSTABLE" };
  await using service = await startService(authorization, routesOf(jenkins, unstable));
  await using world = createTestWorld();
  const outcome = await world.run(jobBuild, { ...properties(service.url), wait: true, pollFrequency: "PT0S" });
  expect(outcome).toMatchObject({ state: "WARNING", outputs: { result: "UNSTABLE", buildNumber: 3 } });
});

test("a start that Jenkins refuses fails with what it says", async () => {
  const route = "POST /job/team/job/deploy/build";
  await using service = await startService(authorization, {
    [route]: { form: {}, answers: [reply(400, "Nothing is submitted")] },
  });
  await using world = createTestWorld();
  expect((await world.run(jobBuild, properties(service.url))).message).toBe(
    "The start of the build at Jenkins failed with status 400 and the body: Nothing is submitted",
  );
});

test("JobInfo tells of a build", async () => {
  const info = { number: 3, result: "SUCCESS", building: false };
  await using service = await startService(authorization, {
    "GET /job/team/job/deploy/3/api/json": { answers: [info] },
  });
  await using world = createTestWorld();
  const outcome = await world.run(jobInfo, { ...properties(service.url), buildNumber: 3 });
  expect(outcome).toEqual({ state: "SUCCESS", outputs: { info }, message: undefined });
});
