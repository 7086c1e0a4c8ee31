import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { databricks, databricksRun } from "../testing/data-movers.ts";
import { reply, startService } from "../testing/fake-service.ts";
import { routesOf } from "../testing/scenario.ts";
import { createJob } from "./create-job.ts";
import { idempotencyToken } from "./runs.ts";
import { submitRun } from "./submit-run.ts";
import { apiTask } from "./task-settings.ts";

const { authorization, properties, ended } = databricks;

test("a job is created and run, and its pages are outputs", async () => {
  const tasks = z.tuple([z.strictObject({ task_key: z.literal("load"), notebook_task: z.unknown() })]);
  await using service = await startService(authorization, {
    "POST /api/2.1/jobs/create": {
      request: z.strictObject({ name: z.literal("nightly"), tasks }),
      answers: [{ job_id: 9 }],
    },
    "POST /api/2.1/jobs/run-now": {
      request: z.strictObject({ job_id: z.literal(9), idempotency_token: z.literal("taskrun1-1") }),
      answers: [reply(502), { run_id: 77 }],
    },
    "GET /api/2.1/jobs/runs/get": { query: { run_id: "77" }, answers: [ended] },
  });
  await using world = createTestWorld();
  const { host, authentication } = properties(`${service.url}/`);
  const jobTasks = [{ taskKey: "load", notebookTask: { notebookPath: "/load" } }];
  const job = { host: host!, authentication: authentication!, jobName: "nightly", jobTasks };
  expect((await world.run(createJob, { ...job, waitForCompletion: "PT1M" })).outputs).toEqual({
    jobId: 9,
    jobURI: `${service.url}/#job/9`,
    runId: 77,
    runURI: "https://dbc.example.com/#job/1/run/77",
  });
});

test("without waitForCompletion nothing is looked at", async () => {
  await using service = await startService(authorization, routesOf(databricks, ended));
  await using world = createTestWorld();
  const { waitForCompletion: _waitForCompletion, ...given } = properties(service.url);
  expect(await world.run(submitRun, given)).toMatchObject({ state: "SUCCESS", outputs: { runId: 77 } });
  expect(service.asked).toEqual(["POST /api/2.1/jobs/runs/submit"]);
});

test("a start that may have been done is sent again: the token makes it one", async () => {
  const [route] = Object.keys(databricks.start);
  const submit = { ...databricks.start[route!]!, answers: [reply(504), { run_id: 77 }] };
  await using service = await startService(authorization, { ...routesOf(databricks, ended), [route!]: submit });
  await using world = createTestWorld();
  expect(await world.run(submitRun, properties(service.url))).toMatchObject({ state: "SUCCESS" });
});

test("a run that goes on for longer than waitForCompletion fails the task", async () => {
  await using service = await startService(authorization, routesOf(databricks, databricksRun("RUNNING")));
  await using world = createTestWorld();
  const outcome = await world.run(submitRun, { ...properties(service.url), waitForCompletion: "PT0S" });
  expect(outcome.message).toMatch(/^Databricks: run 77 is still RUNNING after PT0S/);
  expect(outcome.outputs).toMatchObject({ runId: 77 });
});

test("a service principal asks with a token of its own", async () => {
  await using service = await startService("Bearer granted", {
    ...routesOf(databricks, ended),
    "POST /oidc/v1/token": {
      form: { grant_type: "client_credentials", scope: "all-apis" },
      answers: [{ access_token: "granted", expires_in: 3600 }],
    },
  });
  await using world = createTestWorld();
  const authentication = { clientId: "app", clientSecret: "s3cret" };
  expect(await world.run(submitRun, { ...properties(service.url), authentication })).toMatchObject({
    state: "SUCCESS",
  });
  expect(service.received[0]!.headers.authorization).toBe(`Basic ${btoa("app:s3cret")}`);
});

test("other ways to authenticate are refused before anything is asked", async () => {
  await using world = createTestWorld();
  const authentication = { azureClientId: "a", azureClientSecret: "b", azureTenantId: "c" };
  const outcome = await world.run(submitRun, { ...properties("https://dbc.example.com"), authentication });
  expect(outcome.message).toMatch(/^Databricks needs `authentication` with a `token`/);
});

test.each([
  [{ dependsOn: ["a", "b"] }, { depends_on: [{ task_key: "a" }, { task_key: "b" }] }],
  [
    { notebookTask: { notebookPath: "/n", baseParameters: { myKey: "v" } } },
    { notebook_task: { notebook_path: "/n", base_parameters: { myKey: "v" } } },
  ],
  [{ sparkSubmitTask: { parameters: '["--class", "A"]' } }, { spark_submit_task: { parameters: ["--class", "A"] } }],
  [{ libraries: [{ pypi: { _package: "numpy" } }] }, { libraries: [{ pypi: { package: "numpy" } }] }],
  [{ settings: { new_cluster: { num_workers: 2 } } }, { new_cluster: { num_workers: 2 } }],
])("a task %j is said in the words of the API", (setting, said) => {
  expect(apiTask(setting as never)).toEqual(said);
});

test("parameters that are no JSON are refused", () => {
  expect(() => apiTask({ sparkSubmitTask: { parameters: "--class A" } })).toThrow(
    "`parameters` is a text that is no JSON.",
  );
});

test.each([
  ["k".repeat(64), "k".repeat(64)],
  ["k".repeat(65), expect.stringMatching(/^[0-9a-f]{64}$/)],
])("a key of the attempt is a token of 64 characters at most", (key, token) => {
  expect(idempotencyToken(key)).toEqual(token);
});
