import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { JOB, JOB_RESULT, JOBS } from "../testing/clusters.ts";
import { type Answer, reply, type Routes, startService } from "../testing/fake-service.ts";
import { runJob } from "./run-job.ts";

const START = `POST ${JOBS}/jobs/run/f/f/sales/nightly`;
const DONE = { completed: true, success: true, result: null };
const TAKEN = reply(400, `Bad request: a job with id ${JOB} exists already`);

async function run(given: object, routes: Routes) {
  await using service = await startService("Bearer t0ken", routes);
  await using world = createTestWorld();
  const properties = { url: service.url, workspace: "sales", token: "t0ken", ...given };
  return { ...(await world.run(runJob, properties)), asked: service.asked, logs: world.logs };
}

const started = (...answers: readonly Answer[]): Routes => ({
  [START]: { query: { job_id: JOB }, request: z.strictObject({}), answers },
});
const seen = (...answers: readonly Answer[]): Routes => ({ [JOB_RESULT]: { query: { get_started: "true" }, answers } });

test("a flow is started without arguments, and told as queued, running and done", async () => {
  const going = [
    { completed: false, result: null },
    { completed: false, started: true, result: null },
  ];
  const routes = { ...started(reply(201, JOB)), ...seen(...going, DONE) };
  const { outputs, logs } = await run({ flowPath: "f/sales/nightly", pollFrequency: "PT0S" }, routes);
  expect(outputs).toMatchObject({ jobId: JOB, state: "SUCCESS", result: null });
  expect(logs.map(({ message }) => message.split(" ").at(-1))).toEqual(["started.", "QUEUED.", "RUNNING.", "SUCCESS."]);
});

test("a start that was not answered is sent again, and finds the job that it has made", async () => {
  const routes = { ...started(reply(502), TAKEN), ...seen(DONE) };
  const { state, asked } = await run({ flowPath: "f/sales/nightly" }, routes);
  expect(state).toBe("SUCCESS");
  expect(asked.filter((route) => route === START)).toHaveLength(2);
});

test("another bad request fails the task with what Windmill says", async () => {
  const routes = { ...started(reply(400, "Bad request: no such tag")), ...seen(reply(404, "not found")) };
  const { message } = await run({ flowPath: "f/sales/nightly" }, routes);
  expect(message).toBe(
    "The start of f/sales/nightly at Windmill failed with status 400 and the body: Bad request: no such tag",
  );
});

test.each([{}, { scriptPath: "f/a", flowPath: "f/b" }])("%j is refused before anything is sent", async (given) => {
  const { message, asked } = await run(given, {});
  expect([message, asked]).toEqual(["A job needs either `scriptPath` or `flowPath`, and not both.", []]);
});

test("a path that leads elsewhere is refused before anything is sent", async () => {
  const { state, message, asked } = await run({ scriptPath: "f/../../users" }, {});
  expect([state, asked]).toEqual(["FAILED", []]);
  expect(message).toContain("path");
});
