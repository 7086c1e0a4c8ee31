import { defineTask, duration, pollProperty, type RemoteService, runRemotely, text } from "@capstan/sdk";
import { z } from "zod";
import { ask, type ServiceApi } from "../service-api.ts";
import { workspaceApi, workspaceProperties } from "./connection.ts";
import { idempotencyToken, workspaceRuns } from "./runs.ts";
import { apiTask, type TaskSetting, taskSetting } from "./task-settings.ts";

/** Makes a job in a workspace of Databricks and runs it. */
export const createJob = defineTask({
  type: "io.kestra.plugin.databricks.job.CreateJob",
  title: "Create a Databricks job and run it",
  description:
    "Creates a job, runs it, and waits for its end as long as `waitForCompletion` says. A kill cancels the run while it is waited for, " +
    "and leaves the job. The run has the key of the attempt, but a job has none: each attempt creates another job.",
  properties: () =>
    z.object({
      ...workspaceProperties(),
      jobName: text().optional().describe("Name of the job."),
      jobTasks: z.array(taskSetting()).min(1).describe("Tasks of the job."),
      waitForCompletion: duration().optional().describe("Longest wait for the end. Default: not to wait."),
      pollFrequency: pollProperty(5_000),
    }),
  outputs: () =>
    z.object({
      jobId: z.int().describe("Id of the job."),
      jobURI: z.string().describe("Its page."),
      runId: z.int().describe("Id of the run."),
      runURI: z.string().optional().describe("The page of the run; absent without waiting."),
    }),
  examples: [
    {
      title: "A job of a notebook",
      code:
        "id: create\ntype: io.kestra.plugin.databricks.job.CreateJob\nhost: https://dbc-1.cloud.databricks.com\n" +
        "authentication:\n  token: \"{{ secret('DATABRICKS_TOKEN') }}\"\njobName: nightly\nwaitForCompletion: PT30M\njobTasks:\n" +
        "  - taskKey: load\n    existingClusterId: 0101-120000-abcd123\n    notebookTask:\n      notebookPath: /Shared/load\n" +
        '      baseParameters:\n        day: "{{ execution.startDate }}"\n',
    },
  ],
  async run(context) {
    const { jobName, jobTasks, waitForCompletion, pollFrequency } = context.properties;
    const api = workspaceApi(context);
    const token = idempotencyToken(context.identity.attemptKey);
    const wait = waitForCompletion !== undefined;
    return runRemotely(context, jobRuns(api, jobName, jobTasks, token), {
      wait,
      maxDuration: waitForCompletion,
      pollFrequency,
    });
  },
});

interface JobRun {
  readonly jobId: number;
  readonly runId: number;
}

function jobRuns(
  api: ServiceApi,
  name: string | undefined,
  tasks: readonly TaskSetting[],
  token: string,
): RemoteService<JobRun> {
  const runs = workspaceRuns(api);
  const page = api.url.trim().replace(/\/+$/, "");
  return {
    name: runs.name,
    ends: runs.ends,
    describe: ({ jobId, runId }) => `run ${runId} of job ${jobId}`,
    outputs: ({ jobId, runId }) => ({ jobId, jobURI: `${page}/#job/${jobId}`, runId }),
    async start(signal) {
      const { job_id: jobId } = await ask(api, signal, {
        what: "The creation of a job",
        path: "/api/2.1/jobs/create",
        body: { name, tasks: tasks.map(apiTask) },
        answer: () => z.object({ job_id: z.int() }),
        isRepeatable: false,
      });
      const { run_id: runId } = await ask(api, signal, {
        what: `The start of job ${jobId}`,
        path: "/api/2.1/jobs/run-now",
        body: { job_id: jobId, idempotency_token: token },
        answer: () => z.object({ run_id: z.int() }),
        isRepeatable: true,
      });
      return { jobId, runId };
    },
    findsAgain: true,
    look: ({ runId }, signal) => runs.look(runId, signal),
    cancel: async ({ runId }, signal) => runs.cancel?.(runId, signal),
  };
}
