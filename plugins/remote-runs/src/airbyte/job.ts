import type { RunEnds, FollowedService, RunSighting } from "@capstan/sdk";
import { z } from "zod";
import { ask, type ServiceApi } from "../service-api.ts";

/** Of jobs at a server and in the cloud: `pending`, `running` and `incomplete` (to be tried again) go on. */
export const JOB_ENDS: RunEnds = { succeeded: "SUCCESS", failed: "FAILED", cancelled: "FAILED" };

export const jobAnswer = () =>
  z.object({
    job: z.object({ id: z.int(), status: z.string() }),
    attempts: z.array(attempt()).optional(),
  });

const attempt = () =>
  z.object({
    attempt: z
      .object({
        failureSummary: z
          .object({
            failures: z.array(
              z.object({
                failureOrigin: z.string().nullish(),
                externalMessage: z.string().nullish(),
                internalMessage: z.string().nullish(),
              }),
            ),
          })
          .nullish(),
      })
      .nullish(),
  });

/** How a job of a server is followed: all but its start. */
export function serverJobs(api: ServiceApi): FollowedService<number> {
  return {
    name: api.name,
    ends: JOB_ENDS,
    describe: (id) => `job ${id}`,
    outputs: (jobId) => ({ jobId }),
    look: (id, signal) => look(api, id, signal),
    async cancel(id, signal) {
      await ask(api, signal, {
        what: `Cancelling job ${id}`,
        path: "/api/v1/jobs/cancel",
        body: { id },
        answer: () => z.unknown(),
        isRepeatable: true,
      });
    },
  };
}

async function look(api: ServiceApi, id: number, signal: AbortSignal): Promise<RunSighting> {
  const { job, attempts } = await ask(api, signal, {
    what: `The status of job ${id}`,
    path: "/api/v1/jobs/get",
    body: { id },
    answer: jobAnswer,
    isRepeatable: true,
  });
  return { state: job.status, reason: reasonOf(attempts) };
}

/** What went wrong in the last attempt of the job. */
function reasonOf(attempts: z.output<ReturnType<typeof jobAnswer>>["attempts"] = []): string | undefined {
  const failures = attempts.at(-1)?.attempt?.failureSummary?.failures ?? [];
  const said = failures.map(({ failureOrigin, externalMessage, internalMessage }) =>
    [failureOrigin, externalMessage ?? internalMessage].filter((part) => part != null).join(": "),
  );
  return said.length === 0 ? undefined : said.join("; ");
}
