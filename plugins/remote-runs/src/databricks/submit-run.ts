import { defineTask, duration, pollProperty, runRemotely, text } from "@capstan/sdk";
import { z } from "zod";
import { ask } from "../service-api.ts";
import { workspaceApi, workspaceProperties } from "./connection.ts";
import { idempotencyToken, workspaceRuns } from "./runs.ts";
import { apiTask, taskSetting } from "./task-settings.ts";

/** Runs tasks in a workspace of Databricks once. */
export const submitRun = defineTask({
  type: "io.kestra.plugin.databricks.job.SubmitRun",
  title: "Run tasks in Databricks once",
  description:
    "Submits a run without a job, and waits for its end as long as `waitForCompletion` says. A kill cancels the run while it is waited " +
    "for. Databricks is told the key of the attempt: a task that is given out again, because its worker was lost, gets the run that it " +
    "has started before. A retry starts another one.",
  properties: () =>
    z.object({
      ...workspaceProperties(),
      runName: text().optional().describe("Name of the run."),
      runTasks: z.array(taskSetting()).min(1).describe("Tasks of the run."),
      waitForCompletion: duration().optional().describe("Longest wait for the end. Default: not to wait."),
      pollFrequency: pollProperty(5_000),
    }),
  outputs: () =>
    z.object({
      runId: z.int().describe("Id of the run."),
      runURI: z.string().optional().describe("Its page; absent without waiting."),
    }),
  examples: [
    {
      title: "Run a Python file and wait for it",
      code:
        "id: run\ntype: io.kestra.plugin.databricks.job.SubmitRun\nhost: https://dbc-1.cloud.databricks.com\n" +
        "authentication:\n  token: \"{{ secret('DATABRICKS_TOKEN') }}\"\nrunName: nightly\nwaitForCompletion: PT30M\nrunTasks:\n" +
        "  - taskKey: load\n    existingClusterId: 0101-120000-abcd123\n    sparkPythonTask:\n      pythonFile: /Shared/load.py\n" +
        "      sparkPythonTaskSource: WORKSPACE\n",
    },
  ],
  async run(context) {
    const { runName, runTasks, waitForCompletion, pollFrequency } = context.properties;
    const api = workspaceApi(context);
    const body = {
      run_name: runName,
      tasks: runTasks.map(apiTask),
      idempotency_token: idempotencyToken(context.identity.attemptKey),
    };
    const start = async (signal: AbortSignal) => {
      const request = { what: "The start of a run", path: "/api/2.1/jobs/runs/submit", body, isRepeatable: true };
      return (await ask(api, signal, { ...request, answer: () => z.object({ run_id: z.int() }) })).run_id;
    };
    const wait = waitForCompletion !== undefined;
    return runRemotely(
      context,
      { ...workspaceRuns(api), start, findsAgain: true },
      { wait, maxDuration: waitForCompletion, pollFrequency },
    );
  },
});
