import type { RunEnds, FollowedService } from "@capstan/sdk";
import { createHash } from "node:crypto";
import { z } from "zod";
import { ask, type ServiceApi } from "../service-api.ts";

const ENDS: RunEnds = {
  SUCCESS: "SUCCESS",
  SUCCESS_WITH_FAILURES: "WARNING",
  FAILED: "FAILED",
  TIMEDOUT: "FAILED",
  CANCELED: "FAILED",
  UPSTREAM_FAILED: "FAILED",
  UPSTREAM_CANCELED: "FAILED",
  MAXIMUM_CONCURRENT_RUNS_REACHED: "FAILED",
  EXCLUDED: "FAILED",
  DISABLED: "FAILED",
  SKIPPED: "FAILED",
  INTERNAL_ERROR: "FAILED",
};
const TOKEN_CHARACTERS_MAX = 64;

const stateOf = () =>
  z.object({
    life_cycle_state: z.string(),
    result_state: z.string().nullish(),
    state_message: z.string().nullish(),
  });

const runAnswer = () =>
  z.object({
    run_page_url: z.string().nullish(),
    state: stateOf(),
    tasks: z.array(z.object({ task_key: z.string(), state: stateOf().nullish() })).nullish(),
  });

type Run = z.output<ReturnType<typeof runAnswer>>;

/** What tells the run of an attempt from all others. */
export function idempotencyToken(attemptKey: string): string {
  if (attemptKey.length <= TOKEN_CHARACTERS_MAX) return attemptKey;
  return createHash("sha256").update(attemptKey).digest("hex");
}

/** How a run of a workspace is followed: all but its start. */
export function workspaceRuns(api: ServiceApi): FollowedService<number> {
  return {
    name: api.name,
    ends: ENDS,
    describe: (id) => `run ${id}`,
    outputs: (runId) => ({ runId }),
    async look(id, signal) {
      const run = await seenRun(api, id, signal);
      const { life_cycle_state: phase, result_state: end } = run.state;
      const state = phase === "TERMINATED" ? (end ?? phase) : phase;
      return { state, reason: reasonOf(run), outputs: pageOf(run) };
    },
    async cancel(id, signal) {
      await ask(api, signal, {
        what: `Cancelling run ${id}`,
        path: "/api/2.1/jobs/runs/cancel",
        body: { run_id: id },
        answer: () => z.unknown(),
        isRepeatable: true,
      });
    },
  };
}

async function seenRun(api: ServiceApi, id: number, signal: AbortSignal): Promise<Run> {
  return ask(api, signal, {
    what: `The status of run ${id}`,
    path: "/api/2.1/jobs/runs/get",
    params: { run_id: String(id) },
    answer: runAnswer,
    isRepeatable: true,
  });
}

function pageOf({ run_page_url: page }: Run) {
  return page == null ? {} : { runURI: page };
}

function reasonOf({ state, tasks }: Run): string {
  const failed = (tasks ?? [])
    .filter((task) => task.state?.result_state != null && task.state.result_state !== "SUCCESS")
    .map((task) => `${task.task_key}: ${task.state?.state_message ?? task.state?.result_state}`);
  return [state.state_message, ...failed].filter((part) => part != null && part !== "").join("; ");
}
