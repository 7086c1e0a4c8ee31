import { type RunEnds, type FollowedService, type Outputs, type RunSighting } from "@capstan/sdk";
import { z } from "zod";
import { ask, type ServiceApi } from "../service-api.ts";

const STATES: Readonly<Record<number, string>> = {
  1: "queued",
  2: "starting",
  3: "running",
  10: "success",
  20: "error",
  30: "cancelled",
};
const ENDS: RunEnds = { success: "SUCCESS", error: "FAILED", cancelled: "FAILED" };
/** Of the log of a step that failed, in characters: its end tells why. */
const LOG_CHARACTERS_MAX = 2_000;
const STEP_FAILED = 20;

export const runAnswer = () =>
  z.object({
    data: z.object({
      id: z.int(),
      status: z.int(),
      status_message: z.string().nullish(),
      run_steps: z
        .array(z.object({ name: z.string().nullish(), status: z.int().nullish(), logs: z.string().nullish() }))
        .nullish(),
    }),
  });

type Run = z.output<ReturnType<typeof runAnswer>>["data"];

/** Keeps the files of a run that ended; their URIs as outputs. */
type KeepFiles = (runId: number, signal: AbortSignal) => Promise<Outputs>;

/** How a run of dbt Cloud is followed: all but its start. */
export function accountRuns(api: ServiceApi, keepFiles: KeepFiles): FollowedService<number> {
  return {
    name: api.name,
    ends: ENDS,
    describe: (id) => `run ${id}`,
    outputs: (runId) => ({ runId }),
    async look(id, signal) {
      const sighting = await look(api, id, signal);
      return sighting.state in ENDS ? { ...sighting, outputs: await keepFiles(id, signal) } : sighting;
    },
    async cancel(id, signal) {
      await ask(api, signal, {
        what: `Cancelling run ${id}`,
        method: "POST",
        path: `/runs/${id}/cancel/`,
        answer: () => z.unknown(),
        isRepeatable: true,
      });
    },
  };
}

async function look(api: ServiceApi, id: number, signal: AbortSignal): Promise<RunSighting> {
  const seen = async (params: Record<string, string>) => {
    const request = { what: `The status of run ${id}`, path: `/runs/${id}/`, answer: runAnswer, isRepeatable: true };
    return (await ask(api, signal, { ...request, params })).data;
  };
  const run = await seen({});
  const state = STATES[run.status] ?? `in state ${run.status}`;
  // The logs of all steps are long: they are asked for once, when there is something to explain.
  if (state !== "error") return { state, reason: run.status_message ?? undefined };
  return { state, reason: reasonOf(await seen({ include_related: '["run_steps"]' })) };
}

function reasonOf({ status_message, run_steps }: Run): string | undefined {
  const failed = run_steps?.find(({ status }) => status === STEP_FAILED);
  if (failed === undefined) return status_message ?? undefined;
  const log = (failed.logs ?? "").trim().slice(-LOG_CHARACTERS_MAX);
  return [status_message, `${failed.name ?? "a step"} failed${log === "" ? "" : `:\n${log}`}`]
    .filter((part) => part != null && part !== "")
    .join("; ");
}
