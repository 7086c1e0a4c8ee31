/**
 * How a job of BigQuery runs once, whatever happens to the worker.
 *
 * The id of a job is that of the attempt, which stays the same when the attempt is given to another worker because the first was lost. BigQuery
 * refuses a second job of one id, so the other worker finds the job of the first, and waits for that one. A load is not done twice.
 * After a job that failed for a reason that passes, the next one has the next number behind the id.
 */
import { type TaskContext, TaskFailure } from "@capstan/sdk";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { AccountProperties } from "../account.ts";
import { type GoogleApi, googleApi } from "../google-api.ts";
import { GoogleFailure, statusOf } from "../google-failure.ts";
import { type JobError, type RetryProperties, waitBeforeRetry } from "./job-retry.ts";

const ADDRESS = "https://bigquery.googleapis.com";
/** The first wait for the end of a job; each is longer by half. */
const LOOK_MS_MIN = 200;
const LOOK_MS_MAX = 10_000;
/** How long a killed task waits for BigQuery to take note. */
const CANCEL_MS_MAX = 10_000;
/** Errors of a job that its failure shows. */
const ERRORS_SHOWN = 5;

const errorShape = z.object({
  reason: z.string().optional(),
  message: z.string().optional(),
  location: z.string().optional(),
});
const jobShape = z.object({
  jobReference: z.object({ projectId: z.string(), jobId: z.string().optional(), location: z.string().optional() }),
  status: z.object({ state: z.string(), errorResult: errorShape.optional(), errors: z.array(errorShape).optional() }),
  configuration: z.looseObject({}).optional(),
  statistics: z.looseObject({}).optional(),
});

/** A job as BigQuery tells of it, as far as it is used. */
export type Job = z.output<typeof jobShape>;

export interface JobReference {
  readonly projectId: string;
  readonly jobId: string;
  readonly location?: string | undefined;
}

export interface JobPlan {
  /** A clause for messages, such as "Loading project.dataset.table". */
  readonly what: string;
  readonly location?: string | undefined;
  /** `JobConfiguration` of BigQuery. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Starts the job where that takes more than a request: given all of it. */
  readonly start?: (job: object) => Promise<unknown>;
}

type Context = Pick<TaskContext<unknown>, "signal" | "now" | "mask" | "log" | "identity">;

export function openBigQuery(context: Context, properties: AccountProperties): GoogleApi {
  return googleApi(context, properties, ADDRESS);
}

/**
 * Runs a job to its end, and answers it. A task that is killed cancels its job. Throws `TaskFailure` with what BigQuery tells, when
 * the job failed and is not tried again.
 */
export async function runJob(context: Context, api: GoogleApi, plan: JobPlan, retry: RetryProperties): Promise<Job> {
  const begun = context.now();
  let failedJobs = 0;
  for (let attempt = 1; ; attempt += 1) {
    const jobId = `capstan_${context.identity.attemptKey.replaceAll(/[^\w-]/g, "_")}_${failedJobs + 1}`;
    const { job, failure, error } = await outcomeOf(plan.what, jobId, runOnce(context, api, plan, jobId));
    if (job !== undefined) return job;
    const waitMs = waitBeforeRetry(retry, error, { attempt, elapsedMs: context.now() - begun });
    if (waitMs === undefined) throw failure;
    // A request that failed may have begun the job all the same: it is asked for under the same id.
    if (!(failure instanceof GoogleFailure)) failedJobs += 1;
    context.log.warn(`${failure.message} It is tried again in ${Math.round(waitMs)} ms.`);
    await delay(waitMs, undefined, { signal: api.signal });
  }
}

type Outcome =
  | { readonly job: Job; readonly failure?: undefined; readonly error?: undefined }
  | { readonly job?: undefined; readonly failure: TaskFailure; readonly error: JobError };

/** What may pass is an outcome: a job that failed, or a request that BigQuery refused. Anything else is thrown. */
async function outcomeOf(what: string, jobId: string, running: Promise<Job>): Promise<Outcome> {
  try {
    const job = await running;
    const { errorResult: error } = job.status;
    return error === undefined ? { job } : { failure: failureOf(what, job, jobId), error };
  } catch (error) {
    if (!(error instanceof GoogleFailure)) throw error;
    return { failure: error, error };
  }
}

async function runOnce(context: Context, api: GoogleApi, plan: JobPlan, jobId: string): Promise<Job> {
  const { what, location, configuration } = plan;
  const projectId = await api.project();
  const reference: JobReference = { projectId, jobId, ...(location !== undefined && { location }) };
  const isDry = configuration["dryRun"] === true;
  const whole = { jobReference: reference, configuration };
  const begin = plan.start ?? ((body: object) => api.call({ what, path: jobsPath(projectId), body, adviceFor }));
  let placed = reference;
  try {
    const job = await begun(context, api, { what, reference, begin: () => begin(whole) });
    // Nothing is left of a job that only tells what it would do.
    if (isDry) return job;
    placed = { ...reference, location: job.jobReference.location ?? location };
    return await ended(api, what, placed, job);
  } catch (error) {
    if (api.signal.aborted && !isDry) await cancel(context, api, placed);
    throw error;
  }
}

export const adviceFor = (status: number) =>
  status === 404
    ? "Check `projectId`, the dataset and the table, and `location` where they are in another region."
    : undefined;

interface Beginning {
  readonly what: string;
  readonly reference: JobReference;
  readonly begin: () => Promise<unknown>;
}

async function begun(context: Context, api: GoogleApi, { what, reference, begin }: Beginning): Promise<Job> {
  try {
    return jobShape.parse(await begin());
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
    context.log.info(
      `The job ${reference.jobId} runs already, for an attempt whose worker was lost; its end is waited for`,
    );
    // Jobs of most regions are only found with their location, which the refusal tells: "Already Exists: Job project:region.id".
    const [, told] = /:([\w-]+)\.capstan_/.exec((error as Error).message) ?? [];
    return readJob(api, what, { ...reference, location: reference.location ?? told });
  }
}

async function ended(api: GoogleApi, what: string, reference: JobReference, begun: Job): Promise<Job> {
  let job = begun;
  for (let waitMs = LOOK_MS_MIN; job.status.state !== "DONE"; waitMs = Math.min(LOOK_MS_MAX, waitMs * 1.5)) {
    await delay(waitMs, undefined, { signal: api.signal });
    job = await readJob(api, what, reference);
  }
  return job;
}

async function readJob(api: GoogleApi, what: string, { projectId, jobId, location }: JobReference): Promise<Job> {
  const path = `${jobsPath(projectId)}/${encodeURIComponent(jobId)}`;
  return jobShape.parse(await api.call({ what, path, params: location === undefined ? {} : { location }, adviceFor }));
}

/** What has not begun by then is not there, and fails to be cancelled; without a location, most regions don't find what has begun. */
async function cancel({ log }: Context, api: GoogleApi, { projectId, jobId, location }: JobReference): Promise<void> {
  try {
    await api.withSignal(AbortSignal.timeout(CANCEL_MS_MAX)).call({
      what: `Cancelling the job ${jobId}`,
      method: "POST",
      path: `${jobsPath(projectId)}/${encodeURIComponent(jobId)}/cancel`,
      params: location === undefined ? {} : { location },
    });
    log.info(`Cancelled the job ${jobId}`);
  } catch (error) {
    if (statusOf(error) !== 404 || location === undefined) log.warn(`${(error as Error).message} It may still run.`);
  }
}

function jobsPath(projectId: string): string {
  return `/bigquery/v2/projects/${encodeURIComponent(projectId)}/jobs`;
}

function failureOf(what: string, { status }: Job, jobId: string): TaskFailure {
  const { errorResult, errors = [] } = status;
  const further = errors.flatMap(({ message, location }) =>
    message === undefined || message === errorResult?.message
      ? []
      : [location === undefined ? message : `${message} (${location})`],
  );
  const shown = further.slice(0, ERRORS_SHOWN);
  const more = further.length > shown.length ? ` And ${further.length - shown.length} more.` : "";
  const message = (errorResult?.message ?? "BigQuery tells no reason").replace(/\.$/, "");
  const details = shown.length === 0 ? "" : ` Details: ${shown.join("; ")}.${more}`;
  return new TaskFailure(`${what} failed: ${message} (${errorResult?.reason}, job ${jobId}).${details}`, {
    outputs: { jobId },
  });
}
