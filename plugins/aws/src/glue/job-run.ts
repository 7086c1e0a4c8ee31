import type { Glue, JobRun } from "@aws-sdk/client-glue";
import { type Outputs, pollProperty, type RemoteService, type RunEnds, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { told } from "../aws-failure.ts";
import { type Asking, openService, type ServiceAccess } from "../service.ts";

/** Which run of which job. */
export interface JobRunId {
  readonly jobName: string;
  readonly jobRunId: string;
}

/** Loads the library at the first call. `using` closes the connections. */
export function openGlue(context: Asking): Promise<ServiceAccess<Glue>> {
  return openService(context, async (settings) => new (await import("@aws-sdk/client-glue")).Glue(settings));
}

export const interval = () => pollProperty(1_000);

export const jobRunOutputs = () =>
  z.object({
    jobName: z.string().describe("Name of the job."),
    jobRunId: z.string().describe("What Glue calls the run."),
    state: z.string().optional().describe("State of the run when it was last looked at, such as SUCCEEDED."),
    startedOn: z.string().optional().describe("When it started."),
    completedOn: z.string().optional().describe("When it ended."),
    lastModifiedOn: z.string().optional().describe("When it last changed."),
    executionTime: z.int().optional().describe("For how long it used resources, in seconds."),
    timeout: z.int().optional().describe("For how long it may run, in minutes."),
    attempt: z.int().optional().describe("Which attempt of Glue's own it is, from 0."),
    errorMessage: z.string().optional().describe("Why it failed."),
  });

/** What is put out of a run. */
export function outputsOf({ jobName, jobRunId }: JobRunId, run: JobRun): Outputs {
  return {
    jobName,
    jobRunId,
    state: run.JobRunState,
    startedOn: run.StartedOn?.toISOString(),
    completedOn: run.CompletedOn?.toISOString(),
    lastModifiedOn: run.LastModifiedOn?.toISOString(),
    executionTime: run.ExecutionTime,
    timeout: run.Timeout,
    attempt: run.Attempt,
    errorMessage: run.ErrorMessage,
  };
}

export async function getJobRun(
  { client }: ServiceAccess<Glue>,
  { jobName, jobRunId }: JobRunId,
  abortSignal: AbortSignal,
): Promise<JobRun> {
  const request = client.getJobRun({ JobName: jobName, RunId: jobRunId }, { abortSignal });
  const { JobRun: found } = await told(`Looking at the run ${jobRunId} of ${jobName}`, request);
  return found ?? {};
}

const ENDS: RunEnds = {
  SUCCEEDED: "SUCCESS",
  FAILED: "FAILED",
  STOPPED: "FAILED",
  TIMEOUT: "FAILED",
  ERROR: "FAILED",
  EXPIRED: "FAILED",
};

/** Runs of a job. */
export function jobRuns(
  access: ServiceAccess<Glue>,
  { jobName, arguments: given }: { readonly jobName: string; readonly arguments?: Record<string, string> | undefined },
): RemoteService<JobRunId> {
  return {
    name: "Glue",
    ends: ENDS,
    describe: ({ jobRunId }) => `the run ${jobRunId} of ${jobName}`,
    outputs: (run) => ({ ...run }),
    // Glue has no key that tells repeats apart.
    findsAgain: false,
    async start(abortSignal) {
      const input = { JobName: jobName, ...(given !== undefined && { Arguments: given }) };
      const { JobRunId = "" } = await told(`Starting ${jobName}`, access.client.startJobRun(input, { abortSignal }));
      return { jobName, jobRunId: JobRunId };
    },
    async look(run, signal) {
      const seen = await getJobRun(access, run, signal);
      return { state: seen.JobRunState ?? "UNKNOWN", reason: seen.ErrorMessage, outputs: outputsOf(run, seen) };
    },
    cancel: (run, abortSignal) => stopJobRun(access, run, abortSignal),
  };
}

/** Asks Glue to stop a run. Throws `TaskFailure` for one that can't be stopped. */
export async function stopJobRun(
  { client }: ServiceAccess<Glue>,
  { jobName, jobRunId }: JobRunId,
  abortSignal: AbortSignal,
): Promise<void> {
  const request = client.batchStopJobRun({ JobName: jobName, JobRunIds: [jobRunId] }, { abortSignal });
  const { Errors = [] } = await told(`Stopping the run ${jobRunId} of ${jobName}`, request);
  const [first] = Errors;
  if (first === undefined) return;
  const { ErrorMessage = "no reason is given", ErrorCode } = first.ErrorDetail ?? {};
  throw new TaskFailure(
    `Stopping the run ${jobRunId} of ${jobName} failed: ${ErrorMessage.replace(/\.$/, "")} (${ErrorCode}).`,
  );
}
