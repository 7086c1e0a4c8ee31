import { isPausable, type Label, type LiveExecution, type State } from "@capstan/engine";
import type { Store } from "@capstan/store";
import { RequestError } from "../errors.ts";
import type { Acting, ExecutionService } from "../services.ts";
import type { Executor } from "./executor.ts";
import type { Places } from "../flow-control/places.ts";
import type { ResumeInputs } from "./resume-inputs.ts";
import { awaitingReview, type Reviews } from "./reviews.ts";
import { onceMore, paused, required } from "./stored-executions.ts";

export interface Signals extends Pick<
  ExecutionService,
  "kill" | "pause" | "resume" | "review" | "forceRun" | "unqueue"
> {
  /** `labels` it has from then on. */
  readonly resume: (
    tenant: string,
    id: string,
    inputs?: Readonly<Record<string, unknown>>,
    options?: Acting & { readonly labels?: readonly Label[] },
  ) => Promise<void>;
}

/** What is asked of an execution that lives. Every answer is durable. */
export function createSignals(parts: {
  readonly store: Store;
  readonly executor: Executor;
  readonly places: Places;
  readonly resumeInputs: ResumeInputs;
  readonly reviews: Reviews;
}): Signals {
  const { store, executor, places } = parts;
  const send = async (tenant: string, id: string, event: Parameters<Executor["send"]>[1], verb: string) => {
    if (executor.stalled !== undefined) throw executor.stalled;
    if (!executor.send({ tenant, id }, event)) {
      const { row } = await required(store, tenant, id);
      throw new RequestError(
        "execution-ended",
        `the execution ${id} has ended, it is ${row.state} and can't be ${verb}: ${onceMore(row.state)} it, or start another one`,
      );
    }
    await executor.unlessStalled(executor.idle());
  };
  const current = async (tenant: string, id: string) => (await required(store, tenant, id)).row;
  const resume: Signals["resume"] = async (tenant, id, inputs, { labels, by } = {}) => {
    const execution = await paused(parts, tenant, id);
    requireResumable(execution);
    const resolved = await parts.resumeInputs.resolve(execution, inputs ?? {});
    if (labels !== undefined) executor.send({ tenant, id }, { type: "set-labels", labels });
    await send(tenant, id, { type: "resume", inputs: resolved, ...actor(by) }, "resumed");
  };
  return {
    kill: (tenant, id, { cascade = true, by } = {}) =>
      send(tenant, id, { type: "kill", cascade, ...actor(by) }, "killed"),
    pause: async (tenant, id, { by } = {}) => {
      const execution = executor.get({ tenant, id });
      if (execution !== undefined && !isPausable(execution)) {
        const message = `the execution ${id} is ${execution.state}: only one that runs can be paused, ask again when it is RUNNING`;
        throw new RequestError("execution-not-running", message);
      }
      await send(tenant, id, { type: "pause", ...actor(by) }, "paused");
    },
    resume,
    review: async (tenant, id, request) => {
      const decision = await parts.reviews.read(await paused(parts, tenant, id), request);
      await send(tenant, id, { type: "decide", ...decision }, "reviewed");
    },
    forceRun: async (tenant, id, { by } = {}) => {
      const execution = executor.get({ tenant, id });
      if (execution?.state === "PAUSED") await resume(tenant, id, {}, { by });
      else {
        if (execution !== undefined) {
          requireOneOf(execution, ["QUEUED", "CREATED"], "forced to run");
          places.force(execution);
        }
        const event = { type: "dequeue", state: "RUNNING", action: "forced", ...actor(by) } as const;
        await send(tenant, id, event, "forced to run");
      }
      return current(tenant, id);
    },
    unqueue: async (tenant, id, state, { by } = {}) => {
      const execution = executor.get({ tenant, id });
      if (execution !== undefined) {
        requireOneOf(execution, ["QUEUED"], "taken from the queue");
        if (state === "RUNNING") places.force(execution);
      }
      await send(tenant, id, { type: "dequeue", state, action: "unqueued", ...actor(by) }, "taken from the queue");
      return current(tenant, id);
    },
  };
}

function actor(by: string | undefined): { readonly by?: string } {
  return by === undefined ? {} : { by };
}

/** Who resumes decides nothing: where all that is paused waits for a reviewer, there is nothing to resume. */
function requireResumable(execution: LiveExecution): void {
  const waiting = awaitingReview(execution);
  if (waiting.length === 0 || waiting.length < execution.pausedRuns || execution.paused) return;
  const names = waiting.map(({ node }) => `"${node.id}"`).join(" and ");
  throw new RequestError(
    "review-awaited",
    `the execution ${execution.id} waits for a review of ${names}: approve or deny it`,
  );
}

function requireOneOf({ id, state }: LiveExecution, states: readonly State[], verb: string): void {
  if (states.includes(state)) return;
  const message = `the execution ${id} is ${state}: only one that is ${states.join(" or ")} can be ${verb}`;
  throw new RequestError("execution-not-waiting", message);
}
