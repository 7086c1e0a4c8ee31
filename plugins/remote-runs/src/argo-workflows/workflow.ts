import type { RunEnds, RunSighting } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { ask, type ServiceApi } from "../service-api.ts";

export const ENDS: RunEnds = { Succeeded: "SUCCESS", Failed: "FAILED", Error: "FAILED" };

/** Steps that are told of when a workflow fails. */
export const TOLD_STEPS_MAX = 5;

/** A workflow may be megabytes, with all its steps: only this is asked for. */
const FIELDS = "metadata,status.phase,status.message,status.startedAt,status.finishedAt,status.outputs";

export const workflowAnswer = () =>
  z.object({
    metadata: z.object({ name: z.string(), uid: z.string(), labels: z.record(z.string(), z.string()).nullish() }),
    status: z
      .object({
        // Until the controller has seen it there is none.
        phase: z.string().nullish(),
        message: z.string().nullish(),
        startedAt: z.string().nullish(),
        finishedAt: z.string().nullish(),
        outputs: z
          .object({ parameters: z.array(z.object({ name: z.string(), value: z.string().nullish() })).nullish() })
          .nullish(),
      })
      .nullish(),
  });

const stepsAnswer = () =>
  z.object({
    status: z.object({
      nodes: z
        .record(
          z.string(),
          z.object({
            type: z.string().nullish(),
            displayName: z.string().nullish(),
            phase: z.string().nullish(),
            message: z.string().nullish(),
          }),
        )
        .nullish(),
    }),
  });

export type Workflow = z.output<ReturnType<typeof workflowAnswer>>;

/** One workflow of a namespace, as the paths of the API have it. */
export function workflowPath(namespace: string, name: string): string {
  return `/${pathPart("namespace", namespace)}/${pathPart("name", name)}`;
}

export async function fetchWorkflow(api: ServiceApi, path: string, signal: AbortSignal): Promise<Workflow> {
  return ask(api, signal, {
    what: `The status of the workflow ${path.slice(1)}`,
    path,
    params: { fields: FIELDS },
    answer: workflowAnswer,
    isRepeatable: true,
  });
}

/** How a workflow is seen, and why it failed: what it says itself, and its failed steps, of which `TOLD_STEPS_MAX` are told. */
export async function sightingOf(api: ServiceApi, path: string, signal: AbortSignal): Promise<RunSighting> {
  const { status } = await fetchWorkflow(api, path, signal);
  const phase = status?.phase || "Pending";
  const parameters = status?.outputs?.parameters?.map(({ name, value }) => [name, value ?? ""] as const);
  const outputs = {
    phase,
    ...(parameters !== undefined && { parameters: Object.fromEntries(parameters) }),
    ...(status?.startedAt != null && { startedAt: status.startedAt }),
    ...(status?.finishedAt != null && { finishedAt: status.finishedAt }),
  };
  if (ENDS[phase] !== "FAILED") return { state: phase, outputs };
  const reasons = [status?.message ?? "", ...(await failedSteps(api, path, signal))];
  return { state: phase, outputs, reason: reasons.filter((reason) => reason !== "").join("; ") };
}

async function failedSteps(api: ServiceApi, path: string, signal: AbortSignal): Promise<readonly string[]> {
  const { status } = await ask(api, signal, {
    what: `The steps of the workflow ${path.slice(1)}`,
    path,
    params: { fields: "status.nodes" },
    answer: stepsAnswer,
    isRepeatable: true,
  });
  return Object.values(status.nodes ?? {})
    .filter(({ type, phase }) => type === "Pod" && (phase === "Failed" || phase === "Error"))
    .slice(0, TOLD_STEPS_MAX)
    .map(({ displayName, message }) => `${displayName ?? "a step"}: ${message || "failed"}`);
}
