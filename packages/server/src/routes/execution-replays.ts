import type { executionRoutes } from "@capstan/api";
import type { ExecutionWithRuns } from "@capstan/runtime";
import { once } from "../idempotency/once.ts";
import { actingAs } from "../authentication/acting.ts";
import type { Handlers } from "../mount.ts";
import type { ApiService } from "../service.ts";
import { presentExecution } from "../presentation/execution.ts";
import { existingExecution } from "./execution-lookup.ts";
import { withFormInputs } from "./form-inputs.ts";

type Replays = Pick<
  Handlers<typeof executionRoutes>,
  "restartExecution" | "replayExecution" | "replayExecutionWithInputs"
>;

/** An execution once more: under the same id, or as a new one. */
export function replayHandlers(service: ApiService): Replays {
  const { executions } = service.runtime;
  const existing = (tenant: string, id: string) => existingExecution(service, tenant, id);
  // Kestra answers an execution before it goes on; how far it came by now would be a matter of chance.
  const show = ({ row, taskRuns }: ExecutionWithRuns) => presentExecution(row, taskRuns, service.now());
  const again = async ({ tenant }: { readonly tenant: string }, id: string) => show(await existing(tenant, id));
  return {
    restartExecution: once(
      service,
      async ({ tenant, parameters: { executionId }, query, request }, key) => {
        await existing(tenant, executionId);
        const options = { ...revisionOf(query), requestKey: key?.identified(), ...actingAs(request) };
        return show(await executions.restart(tenant, executionId, options));
      },
      { again },
    ),
    replayExecution: once(
      service,
      async ({ tenant, parameters: { executionId }, query, request }, key) => {
        await existing(tenant, executionId);
        const options = { ...pointOf(query), requestKey: key?.identified(), ...actingAs(request) };
        return show(await executions.replay(tenant, executionId, options));
      },
      { again },
    ),
    replayExecutionWithInputs: once(
      service,
      ({ tenant, parameters: { executionId }, query, request }, key) => {
        const form = { tenant, executionId, request, fingerprint: key?.fingerprint };
        return withFormInputs(service, form, async (inputs) => {
          const options = { ...pointOf(query), inputs, requestKey: key?.identified(), ...actingAs(request) };
          return show(await executions.replay(tenant, executionId, options));
        });
      },
      { again },
    ),
  };
}

/** Which revision, and from where on. */
function pointOf({ taskRunId, ...query }: { taskRunId?: string | undefined; revision?: number | undefined }) {
  return { ...revisionOf(query), ...(taskRunId !== undefined && { taskRunId }) };
}

function revisionOf({ revision }: { revision?: number | undefined }): { revision?: number } {
  return revision === undefined ? {} : { revision };
}
