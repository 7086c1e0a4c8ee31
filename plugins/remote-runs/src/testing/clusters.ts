import { createHash } from "node:crypto";
import { expect } from "vitest";
import { z } from "zod";
import { submitWorkflow } from "../argo-workflows/submit-workflow.ts";
import { runJob } from "../windmill/run-job.ts";
import { reply } from "./fake-service.ts";
import type { Scenario } from "./scenario.ts";
import { ATTEMPT } from "./schedulers.ts";

/** A page of the service of the test, wherever that is. */
const pageOf = (path: string) => expect.stringMatching(new RegExp(`^http://[^/]+${RegExp.escape(path)}$`)) as string;

/** Of the test kit's attempt. */
export const JOB = "31c7af5a-6596-8d7f-9b41-40393ec62720";
export const JOBS = "/api/w/sales";
export const JOB_RESULT = `GET ${JOBS}/jobs_u/completed/get_result_maybe/${JOB}`;

export const windmill: Scenario = {
  name: "Windmill",
  task: runJob,
  properties: (url) => ({
    url: `${url}/`,
    workspace: "sales",
    token: "t0ken-windmill",
    scriptPath: "f/sales/load",
    args: { day: "2026-01-01", limit: 3 },
    tag: "big",
  }),
  authorization: "Bearer t0ken-windmill",
  secret: "t0ken-windmill",
  start: {
    [`POST ${JOBS}/jobs/run/p/f/sales/load`]: {
      query: { job_id: JOB, tag: "big" },
      request: z.strictObject({ day: z.literal("2026-01-01"), limit: z.literal(3) }),
      answers: [reply(201, JOB)],
    },
  },
  look: [JOB_RESULT, { query: { get_started: "true" } }],
  going: { completed: false, started: true, result: null },
  ended: { completed: true, started: true, success: true, result: { rows: 3 } },
  outputs: { jobId: JOB, jobUrl: pageOf(`/run/${JOB}?workspace=sales`), state: "SUCCESS", result: { rows: 3 } },
  failed: { completed: true, success: false, result: { error: { name: "ValueError", message: "no such day" } } },
  reason: `Windmill: job ${JOB} of f/sales/load ended FAILED: no such day`,
  started: { jobId: JOB, jobUrl: pageOf(`/run/${JOB}?workspace=sales`) },
  cancel: [
    `POST ${JOBS}/jobs_u/queue/cancel/${JOB}`,
    { request: z.strictObject({ reason: z.string().min(1) }), answers: [reply(200, `Canceled job ${JOB}`)] },
  ],
  findsAgain: true,
  isLimited: true,
};

/** The key of the attempt, as names and labels of Kubernetes can have it. */
export const ATTEMPT_NAME = createHash("sha256").update(ATTEMPT).digest("hex").slice(0, 10);
export const WORKFLOWS = "/api/v1/workflows/ml";
export const WORKFLOW = `train-${ATTEMPT_NAME}`;
export const WORKFLOW_FIELDS = "metadata,status.phase,status.message,status.startedAt,status.finishedAt,status.outputs";

export const workflow = (
  phase: string | undefined,
  more: object = {},
  labels: object = { "capstan/attempt": ATTEMPT_NAME },
) => ({
  metadata: { name: WORKFLOW, uid: "u-1", namespace: "ml", labels },
  status: { ...(phase !== undefined && { phase }), startedAt: "2026-01-01T00:00:00Z", ...more },
});

export const argoWorkflows: Scenario = {
  name: "Argo Workflows",
  task: submitWorkflow,
  properties: (url) => ({
    url: `${url}/`,
    token: "Bearer t0ken-workflows",
    namespace: "ml",
    template: "train",
    entrypoint: "main",
    serviceAccount: "trainer",
    parameters: { epochs: 3 },
    labels: { team: "ml" },
  }),
  authorization: "Bearer t0ken-workflows",
  secret: "t0ken-workflows",
  start: {
    [`POST ${WORKFLOWS}/submit`]: {
      request: z.strictObject({
        namespace: z.literal("ml"),
        resourceKind: z.literal("WorkflowTemplate"),
        resourceName: z.literal("train"),
        submitOptions: z.strictObject({
          name: z.literal(WORKFLOW),
          labels: z.literal(`team=ml,capstan/attempt=${ATTEMPT_NAME}`),
          parameters: z.tuple([z.literal("epochs=3")]),
          entryPoint: z.literal("main"),
          serviceAccount: z.literal("trainer"),
        }),
      }),
      answers: [{ metadata: { name: WORKFLOW, uid: "u-1" }, spec: {}, status: {} }],
    },
  },
  look: [`GET ${WORKFLOWS}/${WORKFLOW}?fields=${WORKFLOW_FIELDS}`, { query: {} }],
  going: workflow("Running"),
  ended: workflow("Succeeded", {
    finishedAt: "2026-01-01T00:01:00Z",
    outputs: { parameters: [{ name: "model", value: "m-7" }, { name: "empty" }] },
  }),
  outputs: {
    name: WORKFLOW,
    uid: "u-1",
    workflowUrl: pageOf(`/workflows/ml/${WORKFLOW}`),
    phase: "Succeeded",
    parameters: { model: "m-7", empty: "" },
    startedAt: "2026-01-01T00:00:00Z",
    finishedAt: "2026-01-01T00:01:00Z",
  },
  end: {
    [`GET ${WORKFLOWS}/${WORKFLOW}?fields=status.nodes`]: {
      answers: [
        {
          status: {
            nodes: {
              a: { type: "DAG", displayName: WORKFLOW, phase: "Failed", message: "child 'fit' failed" },
              b: { type: "Pod", displayName: "load", phase: "Succeeded" },
              c: { type: "Pod", displayName: "fit", phase: "Failed", message: "OOMKilled (exit code 137)" },
            },
          },
        },
      ],
    },
  },
  failed: workflow("Failed", { message: "child 'fit' failed" }),
  reason: `Argo Workflows: workflow ${WORKFLOW} ended Failed: child 'fit' failed; fit: OOMKilled (exit code 137)`,
  started: { name: WORKFLOW, uid: "u-1", workflowUrl: pageOf(`/workflows/ml/${WORKFLOW}`) },
  cancel: [
    `PUT ${WORKFLOWS}/${WORKFLOW}/stop`,
    {
      request: z.strictObject({ namespace: z.literal("ml"), name: z.literal(WORKFLOW), message: z.string().min(1) }),
      answers: [workflow("Running")],
    },
  ],
  findsAgain: true,
  isLimited: true,
};
