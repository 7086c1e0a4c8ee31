import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { reply, startService } from "../testing/fake-service.ts";
import { routesOf } from "../testing/scenario.ts";
import { airflow, DAG_RUN, dagRun } from "../testing/schedulers.ts";
import { triggerDagRun } from "./trigger-dag-run.ts";

const { authorization, properties, going, ended } = airflow;
const START = "POST /api/v1/dags/daily/dagRuns";
const CONFLICT = reply(409, { title: "DAGRun already exists" });

test("an attempt that is given out again finds the run that it has started before", async () => {
  await using service = await startService(authorization, {
    ...routesOf(airflow, going, ended),
    [START]: { ...airflow.start[START]!, answers: [CONFLICT] },
  });
  await using world = createTestWorld();
  const outcome = await world.run(triggerDagRun, { ...properties(service.url), wait: true, pollFrequency: "PT0S" });
  expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { dagRunId: DAG_RUN } });
});

test("a start that may have been done is sent again, since Airflow refuses the second", async () => {
  await using service = await startService(authorization, {
    ...routesOf(airflow, ended),
    [START]: { ...airflow.start[START]!, answers: [reply(504), CONFLICT] },
  });
  await using world = createTestWorld();
  expect(await world.run(triggerDagRun, properties(service.url))).toMatchObject({ state: "SUCCESS" });
});

test("an id that was given is not taken for the attempt's", async () => {
  const request = z.strictObject({ dag_run_id: z.literal("monday"), conf: z.strictObject({ n: z.literal(1) }) });
  await using service = await startService(authorization, { [START]: { request, answers: [CONFLICT] } });
  await using world = createTestWorld();
  const body = { dag_run_id: "monday", conf: { n: 1 } };
  const outcome = await world.run(triggerDagRun, { ...properties(service.url), body });
  expect(outcome).toMatchObject({ state: "FAILED" });
  expect(outcome.message).toContain("The start of daily at Airflow failed with status 409");
});

test("Airflow 3 is asked by its own API, with a logical date", async () => {
  const request = z.strictObject({
    logical_date: z.null(),
    dag_run_id: z.literal(DAG_RUN),
    conf: z.strictObject({}),
  });
  await using service = await startService("Bearer t", {
    "POST /api/v2/dags/daily/dagRuns": { request, answers: [dagRun("queued")] },
  });
  await using world = createTestWorld();
  const outcome = await world.run(triggerDagRun, {
    baseUrl: service.url,
    dagId: "daily",
    apiVersion: "v2",
    headers: { authorization: "Bearer t" },
    body: { conf: {} },
  });
  expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { state: "queued" } });
});
