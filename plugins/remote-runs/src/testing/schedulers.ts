import { z } from "zod";
import { triggerDagRun } from "../airflow/trigger-dag-run.ts";
import { sync as argocdSync } from "../argocd/sync.ts";
import { FIND, LAUNCH, STATUS, TERMINATE } from "../dagster/graphql.ts";
import { triggerRun as dagsterRun } from "../dagster/trigger-run.ts";
import { jobBuild } from "../jenkins/job-build.ts";
import { createFlowRun } from "../prefect/create-flow-run.ts";
import { basic } from "./data-movers.ts";
import { reply } from "./fake-service.ts";
import type { Scenario } from "./scenario.ts";

/** Of the test kit's task. */
export const ATTEMPT = "taskrun1-1";

const build = (result: string | null) => ({
  building: result === null,
  result,
  url: "https://ci.example.com/job/team/job/deploy/3/",
});

export const jenkins: Scenario = {
  name: "Jenkins",
  task: jobBuild,
  properties: (serverUrl) => ({ serverUrl, username: "me", apiToken: "t0ken-jenkins", jobName: "team/deploy" }),
  authorization: basic("me", "t0ken-jenkins"),
  secret: "t0ken-jenkins",
  start: {
    "POST /job/team/job/deploy/build": {
      form: {},
      answers: [reply(201, undefined, { location: "https://ci.example.com/queue/item/39/" })],
    },
    "GET /queue/item/39/api/json": { answers: [{ why: "In the quiet period" }, { executable: { number: 3 } }] },
  },
  look: ["GET /job/team/job/deploy/3/api/json", { query: { tree: "building,result,url" } }],
  going: build(null),
  ended: build("SUCCESS"),
  outputs: {
    status: 201,
    queueId: 39,
    buildNumber: 3,
    result: "SUCCESS",
    url: "https://ci.example.com/job/team/job/deploy/3/",
  },
  failed: build("FAILURE"),
  reason: "Jenkins: build 3 of team/deploy ended FAILURE: see https://ci.example.com/job/team/job/deploy/3/console",
  started: { status: 201, queueId: 39 },
  cancel: ["POST /job/team/job/deploy/3/stop", { form: {}, answers: [reply(302)] }],
  findsAgain: false,
  isLimited: true,
};

export const DAG_RUN = `capstan__${ATTEMPT}`;
export const dagRun = (state: string, more: object = {}) => ({
  dag_id: "daily",
  dag_run_id: DAG_RUN,
  state,
  start_date: "2026-01-01T00:00:00Z",
  ...more,
});
const DAG = "/api/v1/dags/daily/dagRuns";

export const airflow: Scenario = {
  name: "Airflow",
  task: triggerDagRun,
  properties: (baseUrl) => ({
    baseUrl,
    dagId: "daily",
    options: { auth: { type: "BASIC", username: "me", password: "s3cret-air" } },
  }),
  authorization: basic("me", "s3cret-air"),
  secret: "s3cret-air",
  start: {
    [`POST ${DAG}`]: {
      request: z.strictObject({
        dag_run_id: z.literal(DAG_RUN),
        conf: z.strictObject({
          source: z.literal("capstan"),
          namespace: z.literal("company.team"),
          flow: z.literal("my-flow"),
          task: z.literal("task"),
          execution: z.literal("execution1"),
        }),
      }),
      answers: [dagRun("queued", { start_date: null })],
    },
  },
  look: [`GET ${DAG}/${DAG_RUN}`, {}],
  going: dagRun("running"),
  ended: dagRun("success", { end_date: "2026-01-01T01:00:00Z" }),
  outputs: {
    dagId: "daily",
    dagRunId: DAG_RUN,
    state: "success",
    started: "2026-01-01T00:00:00Z",
    ended: "2026-01-01T01:00:00Z",
  },
  failed: dagRun("failed"),
  reason: `Airflow: run ${DAG_RUN} of daily ended failed.`,
  started: { dagId: "daily", dagRunId: DAG_RUN, state: "queued" },
  cancel: [
    `PATCH ${DAG}/${DAG_RUN}`,
    { request: z.strictObject({ state: z.literal("failed") }), answers: [dagRun("failed")] },
  ],
  findsAgain: true,
  isLimited: true,
};

const WORKSPACE = "/accounts/a-1/workspaces/w-1";
export const flowRun = (type: string, message?: string) => ({
  id: "f-1",
  state_type: type,
  state: { type, message: message ?? null },
});

export const prefect: Scenario = {
  name: "Prefect",
  task: createFlowRun,
  properties: (apiUrl) => ({
    apiUrl,
    apiKey: "k3y-prefect",
    accountId: "a-1",
    workspaceId: "w-1",
    deploymentId: "d-1",
    parameters: { day: "monday" },
  }),
  authorization: "Bearer k3y-prefect",
  secret: "k3y-prefect",
  start: {
    [`POST ${WORKSPACE}/deployments/d-1/create_flow_run`]: {
      request: z.strictObject({
        parameters: z.strictObject({ day: z.literal("monday") }),
        idempotency_key: z.literal(ATTEMPT),
      }),
      answers: [flowRun("SCHEDULED")],
    },
  },
  look: [`GET ${WORKSPACE}/flow_runs/f-1`, {}],
  going: flowRun("RUNNING"),
  ended: flowRun("COMPLETED"),
  outputs: {
    flowRunId: "f-1",
    state: "COMPLETED",
    flowRunUrl: "https://app.prefect.cloud/account/a-1/workspace/w-1/runs/flow-run/f-1",
  },
  failed: flowRun("CRASHED", "out of memory"),
  reason: "Prefect: run f-1 ended CRASHED: out of memory",
  started: { flowRunId: "f-1", flowRunUrl: "https://app.prefect.cloud/account/a-1/workspace/w-1/runs/flow-run/f-1" },
  cancel: [
    `POST ${WORKSPACE}/flow_runs/f-1/set_state`,
    {
      request: z.strictObject({
        state: z.strictObject({ type: z.literal("CANCELLING"), name: z.string(), message: z.string() }),
        force: z.literal(false),
      }),
      answers: [{ status: "ACCEPT" }],
    },
  ],
  findsAgain: true,
  isLimited: false,
};

const NOTHING_FOUND = { data: { runsOrError: { __typename: "Runs", results: [] } } };
const LAUNCHED = { data: { launchRun: { __typename: "LaunchRunSuccess", run: { runId: "r-1" } } } };
const dagsterSeen = (status: string, more: object = {}) => ({
  data: { runOrError: { __typename: "Run", status, startTime: 1_767_225_600, endTime: null, ...more } },
});
const GRAPHQL = "POST /graphql";

/** All questions go to one address: which one it is, is said by the order of the answers. */
export const dagsterQuestion = () =>
  z.union([
    z.strictObject({
      query: z.literal(FIND),
      variables: z.strictObject({ tag: z.literal("capstan/attempt"), value: z.literal(ATTEMPT) }),
    }),
    z.strictObject({
      query: z.literal(LAUNCH),
      variables: z.strictObject({
        executionParams: z.strictObject({
          selector: z.strictObject({
            repositoryLocationName: z.literal("warehouse"),
            repositoryName: z.literal("__repository__"),
            jobName: z.literal("daily"),
          }),
          runConfigData: z.record(z.string(), z.unknown()),
          executionMetadata: z.strictObject({ tags: z.array(z.strictObject({ key: z.string(), value: z.string() })) }),
        }),
      }),
    }),
    z.strictObject({ query: z.literal(STATUS), variables: z.strictObject({ runId: z.literal("r-1") }) }),
    z.strictObject({ query: z.literal(TERMINATE), variables: z.strictObject({ runId: z.literal("r-1") }) }),
  ]);

export const dagster: Scenario = {
  name: "Dagster",
  task: dagsterRun,
  properties: (url) => ({
    baseUrl: `${url}/graphql`,
    location: "warehouse",
    repository: "__repository__",
    jobName: "daily",
    body: { tags: { source: "capstan" } },
    options: { headers: { Authorization: "Bearer t0ken-dagster" } },
  }),
  authorization: "Bearer t0ken-dagster",
  secret: "t0ken-dagster",
  start: { [GRAPHQL]: { request: dagsterQuestion(), answers: [NOTHING_FOUND, LAUNCHED] } },
  look: [GRAPHQL, { request: dagsterQuestion() }],
  going: dagsterSeen("STARTED"),
  ended: dagsterSeen("SUCCESS", { endTime: 1_767_225_661.5 }),
  outputs: {
    runId: "r-1",
    jobName: "daily",
    status: "SUCCESS",
    startTime: "2026-01-01T00:00:00.000Z",
    endTime: "2026-01-01T00:01:01.500Z",
  },
  failed: dagsterSeen("FAILURE"),
  reason: "Dagster: run r-1 of daily ended FAILURE.",
  started: { runId: "r-1", jobName: "daily" },
  cancelled: { data: { terminateRun: { __typename: "TerminateRunSuccess", run: { runId: "r-1" } } } },
  findsAgain: true,
  isLimited: true,
};

const INFO = [{ name: "capstan-attempt", value: ATTEMPT }];
const APP = "/api/v1/applications/shop";

/** An application as Argo CD tells it; `phase` is that of the last operation, which carries `info`. */
export const application = (phase: string | undefined, more: object = {}, info: readonly object[] = INFO) => ({
  metadata: { name: "shop", namespace: "argocd", managedFields: [{ manager: "argocd" }] },
  spec: { project: "default" },
  ...(phase === "Running" && { operation: { info, sync: {} } }),
  status: {
    sync: { status: "Synced", revision: "abc" },
    health: { status: "Healthy" },
    history: [{ id: 1 }],
    resources: [{ kind: "Service", name: "shop" }],
    ...(phase !== undefined && {
      operationState: { phase, operation: { info }, startedAt: "2026-01-01T00:00:00Z", ...more },
    }),
  },
});
const told = {
  metadata: { name: "shop", namespace: "argocd" },
  spec: { project: "default" },
  status: {
    sync: { status: "Synced", revision: "abc" },
    health: { status: "Healthy" },
    operationState: { phase: "Succeeded", startedAt: "2026-01-01T00:00:00Z", operation: { info: INFO } },
  },
};

export const argocd: Scenario = {
  name: "Argo CD",
  task: argocdSync,
  properties: (url) => ({
    server: url.replace("http://", ""),
    plaintext: true,
    token: "t0ken-argo",
    application: "shop",
    prune: true,
    containerImage: "curlimages/curl:latest",
    taskRunner: { type: "io.kestra.plugin.scripts.runner.docker.Docker" },
  }),
  authorization: "Bearer t0ken-argo",
  secret: "t0ken-argo",
  start: {
    [`GET ${APP}`]: { answers: [application("Succeeded", {}, [])] },
    [`POST ${APP}/sync`]: {
      request: z.strictObject({
        prune: z.literal(true),
        dryRun: z.literal(false),
        infos: z.tuple([z.strictObject({ name: z.literal("capstan-attempt"), value: z.literal(ATTEMPT) })]),
      }),
      answers: [application("Running")],
    },
  },
  look: [`GET ${APP}`, {}],
  going: application("Running"),
  ended: application("Succeeded", { syncResult: { revision: "def", resources: [] } }),
  outputs: {
    syncStatus: "Synced",
    healthStatus: "Healthy",
    revision: "def",
    resources: [{ kind: "Service", name: "shop" }],
    app: told,
    rawOutput: JSON.stringify(told),
    exitCode: 0,
    vars: {},
    outputFiles: {},
  },
  failed: application("Failed", {
    message: "one or more objects failed to apply",
    syncResult: { revision: "def", resources: [{ status: "SyncFailed", message: "service is invalid" }] },
  }),
  reason: "Argo CD: the sync of shop ended Failed: one or more objects failed to apply; service is invalid",
  cancel: [`DELETE ${APP}/operation`, { answers: [{}] }],
  findsAgain: true,
  isLimited: false,
};
