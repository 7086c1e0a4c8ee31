import { z } from "zod";
import { cloudSync } from "../airbyte/cloud-sync.ts";
import { sync as airbyteSync } from "../airbyte/sync.ts";
import { submitRun } from "../databricks/submit-run.ts";
import { triggerRun as dbtRun } from "../dbt-cloud/trigger-run.ts";
import { sync as fivetranSync } from "../fivetran/sync.ts";
import { sync as hightouchSync } from "../hightouch/sync.ts";
import { reply } from "./fake-service.ts";
import type { Scenario } from "./scenario.ts";

export const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

const airbyteJob = (status: string, failures: readonly object[] = []) => ({
  job: { id: 970, configType: "sync", configId: "c-1", status, createdAt: 1, updatedAt: 2 },
  attempts: [{ attempt: { id: 0, status, failureSummary: { failures } }, logs: { logLines: [] } }],
});

export const airbyte: Scenario = {
  name: "Airbyte",
  task: airbyteSync,
  properties: (url) => ({ url, username: "me", password: "s3cret-pw", connectionId: "c-1" }),
  authorization: basic("me", "s3cret-pw"),
  secret: "s3cret-pw",
  start: {
    "POST /api/v1/connections/sync": {
      request: z.strictObject({ connectionId: z.literal("c-1") }),
      answers: [airbyteJob("pending")],
    },
  },
  look: ["POST /api/v1/jobs/get", { request: z.strictObject({ id: z.literal(970) }) }],
  going: airbyteJob("running"),
  ended: airbyteJob("succeeded"),
  outputs: { jobId: 970, alreadyRunning: false },
  failed: airbyteJob("failed", [{ failureOrigin: "source", externalMessage: "no such table" }]),
  reason: "Airbyte: job 970 ended failed: source: no such table",
  started: { jobId: 970, alreadyRunning: false },
  cancel: [
    "POST /api/v1/jobs/cancel",
    { request: z.strictObject({ id: z.literal(970) }), answers: [airbyteJob("cancelled")] },
  ],
  findsAgain: false,
  isLimited: true,
};

const cloudJob = (status: string) => ({
  jobId: 18,
  status,
  jobType: "sync",
  startTime: "2026-01-01T00:00:00Z",
  connectionId: "c-1",
  bytesSynced: 2048,
  rowsSynced: 12,
});
const cloudOutput = (status: string) => {
  const { connectionId: _connectionId, ...job } = cloudJob(status);
  return { job };
};

export const airbyteCloud: Scenario = {
  name: "Airbyte Cloud",
  task: cloudSync,
  properties: (apiUrl) => ({ apiUrl, token: "t0ken-cloud", connectionId: "c-1" }),
  authorization: "Bearer t0ken-cloud",
  secret: "t0ken-cloud",
  start: {
    "POST /v1/jobs": {
      request: z.strictObject({ connectionId: z.literal("c-1"), jobType: z.literal("sync") }),
      answers: [cloudJob("pending")],
    },
  },
  look: ["GET /v1/jobs/18", {}],
  going: cloudJob("running"),
  ended: cloudJob("succeeded"),
  outputs: cloudOutput("succeeded"),
  failed: cloudJob("failed"),
  reason: "Airbyte Cloud: job 18 ended failed.",
  started: cloudOutput("pending"),
  cancel: ["DELETE /v1/jobs/18", { answers: [cloudJob("cancelled")] }],
  findsAgain: false,
  isLimited: true,
};

const connection = (
  syncState: string,
  succeeded: string | null,
  failed: string | null,
  tasks: readonly object[] = [],
) => ({
  code: "Success",
  data: { id: "speak", succeeded_at: succeeded, failed_at: failed, status: { sync_state: syncState, tasks } },
});

export const fivetran: Scenario = {
  name: "Fivetran",
  task: fivetranSync,
  properties: (baseUrl) => ({
    baseUrl,
    apiKey: "key",
    apiSecret: "s3cret-five",
    connectorId: "speak",
    initialRetryDelay: "PT0.001S",
  }),
  authorization: basic("key", "s3cret-five"),
  secret: "s3cret-five",
  start: {
    "GET /v1/connections/speak": {
      answers: [connection("scheduled", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00.5Z")],
    },
    "POST /v1/connections/speak/sync": {
      request: z.strictObject({ force: z.literal(false) }),
      answers: [{ code: "Success", message: "Sync has been successfully triggered" }],
    },
  },
  look: ["GET /v1/connections/speak", {}],
  going: connection("syncing", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00.5Z"),
  ended: connection("scheduled", "2026-01-03T00:00:00Z", "2026-01-02T00:00:00.5Z"),
  outputs: {},
  failed: connection("scheduled", "2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z", [{ code: "x", message: "no grant" }]),
  reason: "Fivetran: the sync of connection speak ended failed: no grant",
  started: {},
  findsAgain: true,
  isLimited: true,
};

const hightouchRun = (status: string, error?: string) => ({
  data: [{ id: "42", status, querySize: 5, plannedRows: { addedCount: 5 }, ...(error !== undefined && { error }) }],
});

export const hightouch: Scenario = {
  name: "Hightouch",
  task: hightouchSync,
  properties: (baseUrl) => ({ baseUrl, token: "t0ken-high", syncId: 7 }),
  authorization: "Bearer t0ken-high",
  secret: "t0ken-high",
  start: {
    "POST /api/v1/syncs/7/trigger": {
      request: z.strictObject({ fullResync: z.literal(false) }),
      answers: [{ id: "42" }],
    },
  },
  look: ["GET /api/v1/syncs/7/runs", { query: { runId: "42" } }],
  going: hightouchRun("querying"),
  ended: hightouchRun("success"),
  outputs: { runId: 42, metadata: { id: 42, status: "SUCCESS", querySize: 5, plannedRows: { addedCount: 5 } } },
  failed: hightouchRun("failed", "the destination is full"),
  reason: "Hightouch: run 42 of sync 7 ended failed: the destination is full",
  started: { runId: 42 },
  findsAgain: false,
  isLimited: true,
};

export const dbtRunOf = (status: number, more: object = {}) => ({
  status: { code: 200, is_success: true },
  data: { id: 5, job_definition_id: 9, status, ...more },
});
export const DBT_RUN = "/api/v2/accounts/1/runs/5/";

export const dbtCloud: Scenario = {
  name: "dbt Cloud",
  task: dbtRun,
  properties: (baseUrl) => ({ baseUrl, accountId: "1", token: "t0ken-dbt", jobId: "9", initialDelayMs: 1 }),
  authorization: "Token t0ken-dbt",
  secret: "t0ken-dbt",
  start: {
    "POST /api/v2/accounts/1/jobs/9/run/": {
      request: z.strictObject({ cause: z.literal("Triggered by Kestra.") }),
      answers: [dbtRunOf(1)],
    },
  },
  look: [`GET ${DBT_RUN}`, {}],
  going: dbtRunOf(3),
  ended: dbtRunOf(10),
  outputs: { runId: 5 },
  failed: dbtRunOf(30, { status_message: "somebody cancelled it" }),
  reason: "dbt Cloud: run 5 ended cancelled: somebody cancelled it",
  end: {
    [`GET ${DBT_RUN}artifacts/run_results.json`]: { answers: [reply(404)] },
    [`GET ${DBT_RUN}artifacts/manifest.json`]: { answers: [reply(404)] },
  },
  started: { runId: 5 },
  cancel: [`POST ${DBT_RUN}cancel/`, { answers: [dbtRunOf(30)] }],
  findsAgain: false,
  isLimited: true,
};

export const databricksRun = (phase: string, end?: string, more: object = {}) => ({
  run_id: 77,
  run_page_url: "https://dbc.example.com/#job/1/run/77",
  state: { life_cycle_state: phase, ...(end !== undefined && { result_state: end }), state_message: "" },
  ...more,
});
const SEEN = "https://dbc.example.com/#job/1/run/77";

export const databricks: Scenario = {
  name: "Databricks",
  task: submitRun,
  properties: (host) => ({
    host,
    authentication: { token: "t0ken-bricks" },
    runName: "nightly",
    waitForCompletion: "PT1H",
    runTasks: [{ taskKey: "load", sparkPythonTask: { pythonFile: "/load.py", sparkPythonTaskSource: "WORKSPACE" } }],
  }),
  authorization: "Bearer t0ken-bricks",
  secret: "t0ken-bricks",
  start: {
    "POST /api/2.1/jobs/runs/submit": {
      request: z.strictObject({
        run_name: z.literal("nightly"),
        idempotency_token: z.literal("taskrun1-1"),
        tasks: z.tuple([
          z.strictObject({
            task_key: z.literal("load"),
            spark_python_task: z.strictObject({ python_file: z.literal("/load.py"), source: z.literal("WORKSPACE") }),
          }),
        ]),
      }),
      answers: [{ run_id: 77 }],
    },
  },
  look: ["GET /api/2.1/jobs/runs/get", { query: { run_id: "77" } }],
  going: databricksRun("RUNNING"),
  ended: databricksRun("TERMINATED", "SUCCESS"),
  outputs: { runId: 77, runURI: SEEN },
  failed: databricksRun("TERMINATED", "FAILED", {
    tasks: [
      { task_key: "load", state: { life_cycle_state: "TERMINATED", result_state: "FAILED", state_message: "no file" } },
      { task_key: "more", state: { life_cycle_state: "TERMINATED", result_state: "SUCCESS" } },
    ],
  }),
  reason: "Databricks: run 77 ended FAILED: load: no file",
  cancel: ["POST /api/2.1/jobs/runs/cancel", { request: z.strictObject({ run_id: z.literal(77) }), answers: [{}] }],
  findsAgain: true,
  isLimited: false,
};
