import { attemptAtWork, restoreLive, scopeFor, type LiveExecution } from "@capstan/engine";
import { compile, settle, type Environment } from "@capstan/expression";
import { duringFor } from "../idempotency/held-key.ts";
import { purge } from "../purge/purge.ts";
import type { RemovedFiles } from "../purge/removed-files.ts";
import type { ExecutionService } from "../services.ts";
import type { Logger } from "pino";
import { createCorrections, type CorrectionParts } from "./corrections.ts";
import type { Creation } from "./creation.ts";
import type { Dispatch } from "./dispatch.ts";
import { createExplanations, type ExplanationParts } from "./explanations.ts";
import { type FlowRegistry, planFor } from "./flows.ts";
import type { Followers } from "./followers.ts";
import type { Places } from "../flow-control/places.ts";
import type { ResumeInputs } from "./resume-inputs.ts";
import { reviewed, type Reviews } from "./reviews.ts";
import { createRewinds } from "./rewinds.ts";
import { createSignals } from "./signals.ts";
import { paused, required, taskRunNotFound } from "./stored-executions.ts";
import { createWatching, storedExecution } from "./watching.ts";

export interface ExecutionServiceParts extends CorrectionParts {
  /** Workers of other processes, where there may be any. */
  readonly crew: ExplanationParts["crew"];
  readonly logger: Logger;
  readonly flows: FlowRegistry;
  readonly followers: Followers;
  readonly creation: Creation;
  readonly places: Places;
  readonly dispatch: Pick<Dispatch, "standing">;
  readonly resumeInputs: ResumeInputs;
  readonly reviews: Reviews;
  readonly globals: Readonly<Record<string, unknown>>;
  readonly newId: () => string;
  readonly files: RemovedFiles;
  readonly environment: (execution: LiveExecution) => Environment;
}

/** What people and clients do with executions. Every answer is durable. */
export function createExecutionService(parts: ExecutionServiceParts): ExecutionService {
  const { store, executor, creation, newId } = parts;
  const signals = createSignals(parts);
  return {
    newId,
    create: async (request) => {
      // Whoever asks can ask again; what is taken while nothing can be written would only fill the memory.
      if (executor.stalled !== undefined) throw executor.stalled;
      const { requestKey } = request;
      const durable = creation.create({ ...request, id: request.id ?? newId() }, { requestKey });
      return executor.unlessStalled(duringFor(requestKey, durable));
    },
    get: (tenant, id) => storedExecution(store, tenant, id),
    search: (filter, page) => store.executions.search(filter, page),
    checkInputs: (request) => creation.checkInputs({ ...request, id: request.id ?? newId() }),
    checkResumeInputs: async (tenant, id, inputs) => parts.resumeInputs.check(await paused(parts, tenant, id), inputs),
    checkReviewInputs: async (tenant, id, taskRunId, inputs) => {
      const execution = await paused(parts, tenant, id);
      return parts.resumeInputs.check(execution, inputs, reviewed(execution, taskRunId));
    },
    ...createWatching(parts),
    ...createExplanations({
      store,
      planOf: (row) => planFor(parts.flows, row),
      globals: parts.globals,
      crew: parts.crew,
      standing: (tenant, id) => {
        const execution = executor.get({ tenant, id });
        return execution && parts.places.standing(execution);
      },
      batchOf: (tenant, id) => parts.places.batchOf({ tenant, id }),
      jobStanding: (tenant, id, index) => {
        const execution = executor.get({ tenant, id });
        const run = execution?.runs.get(index);
        return execution && run && parts.dispatch.standing(execution, run, attemptAtWork(run));
      },
    }),
    ...signals,
    ...createRewinds({ ...parts, resume: signals.resume }),
    ...createCorrections(parts),
    purge: (request) => purge(parts, request),
    evaluate: async (tenant, id, taskRunId, expression) => {
      const { row, taskRuns } = await required(store, tenant, id);
      const key = { tenant, namespace: row.namespace, id: row.flowId };
      const { plan } = await parts.flows.compiled(key, row.flowRevision);
      const execution = restoreLive(plan, row, taskRuns);
      const run = [...execution.runs.values()].find((candidate) => candidate.id === taskRunId);
      if (run === undefined && taskRunId !== undefined) throw taskRunNotFound(taskRunId);
      return settle(parts.environment(execution), (environment) =>
        compile(expression).render(scopeFor(execution, run, parts.globals), environment),
      );
    },
  };
}
