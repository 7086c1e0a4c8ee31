import type { ExecutionAnswer, executionRoutes } from "@capstan/api";
import type { ExecutionWithRuns } from "@capstan/runtime";
import type { FastifyReply } from "fastify";
import type { Call } from "../mount.ts";
import { presentExecution } from "../presentation/execution.ts";
import { Refusal } from "../refusal.ts";
import { readLabel } from "../requests/field-rules.ts";
import { readFormInputs } from "../requests/form.ts";
import { executionFolder, inputPath } from "../requests/storage-paths.ts";
import type { Service } from "../service.ts";

/** Starts a flow from a form. Files are stored first, below the id the execution will have, and removed if it is refused. */
export async function createExecution(
  service: Service,
  { tenant, parameters, query, request, reply }: Call<(typeof executionRoutes)["createExecution"]>,
): Promise<ExecutionAnswer> {
  const { executions, flows, storage } = service.runtime;
  const { namespace, flowId } = parameters;
  const labels = query.labels.map(readLabel);
  const reserved = labels.find(({ key }) => key.startsWith("system.") && key !== "system.correlationId");
  if (reserved !== undefined)
    throw new Refusal("label-reserved", `The label ${reserved.key} is set by the system only`);
  const { checked } = await flows.checked({ tenant, namespace, id: flowId }, query.revision);
  const declared = new Set(checked.flow?.inputs.map(({ id }) => id));
  const id = executions.newId();
  const folder = executionFolder({ namespace, flowId, id });
  let hasFiles = false;
  try {
    const inputs = await readFormInputs(request, declared, (inputId, fileName, content) => {
      hasFiles = true;
      return storage.put(tenant, inputPath(folder, inputId, fileName), content);
    });
    const row = await executions.create({
      tenant,
      namespace,
      flowId,
      id,
      inputs,
      labels,
      from: "api",
      ...(query.revision !== undefined && { revision: query.revision }),
      ...(query.scheduleDate !== undefined && { scheduleDate: Date.parse(query.scheduleDate) }),
      ...(query.kind !== undefined && { kind: query.kind }),
    });
    const settled = query.wait
      ? await untilSettled(service, tenant, row.id, reply)
      : await executions.get(tenant, row.id);
    return {
      ...presentExecution(settled?.row ?? row, settled?.taskRuns ?? [], service.now()),
      url: `${service.publicUrl}/ui/${tenant}/executions/${namespace}/${flowId}/${row.id}`,
    };
  } catch (error) {
    if (hasFiles && (await executions.get(tenant, id)) === undefined) await storage.delete(tenant, folder);
    throw error;
  }
}

/** Resolves when the execution has ended or is paused; undefined when the caller hung up before. */
function untilSettled(
  { runtime }: Service,
  tenant: string,
  id: string,
  reply: FastifyReply,
): Promise<ExecutionWithRuns | undefined> {
  return new Promise((resolve) => {
    const hungUp = () => finish(undefined);
    reply.raw.once("close", hungUp);
    const following = runtime.executions.follow(tenant, id, ({ row, taskRuns, last }) => {
      if (last || row.state === "PAUSED") finish({ row, taskRuns });
    });
    function finish(settled: ExecutionWithRuns | undefined): void {
      reply.raw.off("close", hungUp);
      resolve(settled);
      // The first event may come before `follow` has answered.
      queueMicrotask(() => following.stop());
    }
  });
}
