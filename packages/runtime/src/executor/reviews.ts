import { type LiveExecution, type LiveRun, type Review, scopeFor } from "@capstan/engine";
import { compile, settle, type Environment } from "@capstan/expression";
import { APPROVAL } from "@capstan/model";
import { RequestError } from "../errors.ts";
import type { ReviewRequest } from "../services.ts";
import type { ResumeInputs } from "./resume-inputs.ts";
import { taskRunNotFound } from "./stored-executions.ts";

/** Reads what a reviewer says to an Approval that waits. */
export interface Reviews {
  /** Throws `RequestError` for a decision that can't be taken, or not like this. */
  read(execution: LiveExecution, request: ReviewRequest): Promise<Review & { readonly run: number }>;
}

export function createReviews(parts: {
  readonly globals: Readonly<Record<string, unknown>>;
  readonly environment: (tenant: string, namespace: string, flowId: string) => Environment;
  readonly resumeInputs: ResumeInputs;
}): Reviews {
  const commentRequired = async (execution: LiveExecution, run: LiveRun): Promise<string> => {
    const { tenant, fixed } = execution;
    const written = run.node.task.properties["commentRequired"] ?? "NEVER";
    return settle(parts.environment(tenant, fixed.namespace, fixed.flowId), (environment) =>
      compile(String(written)).render(scopeFor(execution, run, parts.globals), environment),
    );
  };
  return {
    read: async (execution, { taskRunId, decision, comment, by, inputs = {} }) => {
      const run = reviewed(execution, taskRunId);
      const said = comment?.trim() === "" ? undefined : comment;
      const required = await commentRequired(execution, run);
      if (said === undefined && (required === "ALWAYS" || required === COMMENTED[decision]))
        throw new RequestError("comment-required", `the approval "${run.node.id}" wants a comment: say why`);
      return {
        run: run.index,
        decision,
        inputs: await parts.resumeInputs.resolve(execution, inputs, run),
        ...(said !== undefined && { comment: said }),
        ...(by !== undefined && { by }),
      };
    },
  };
}

const COMMENTED = { APPROVED: "ON_APPROVE", DENIED: "ON_DENY" } as const;

/** The Approval that waits with this task run, or without an id the one that waits. Throws `RequestError`. */
export function reviewed(execution: LiveExecution, taskRunId: string | undefined): LiveRun {
  const waiting = awaitingReview(execution);
  const [only, ...others] = taskRunId === undefined ? waiting : waiting.filter(({ id }) => id === taskRunId);
  if (only !== undefined && others.length === 0) return only;
  if (others.length > 0)
    throw new RequestError(
      "review-ambiguous",
      `${waiting.length} approvals wait: name the task run, one of ${waiting.map(({ id, node }) => `${id} (${node.id})`).join(", ")}`,
    );
  const run = [...execution.runs.values()].find(({ id }) => id === taskRunId);
  if (taskRunId !== undefined && run === undefined) throw taskRunNotFound(taskRunId);
  const what = run === undefined ? `the execution ${execution.id}` : `"${run.node.id}", which is ${run.state},`;
  throw new RequestError("review-not-awaited", `${what} waits for no review: look at what the execution does`);
}

/** The Approvals of an execution that wait. */
export function awaitingReview({ runs }: LiveExecution): readonly LiveRun[] {
  return [...runs.values()].filter(({ state, node }) => state === "PAUSED" && node.task.type === APPROVAL);
}
