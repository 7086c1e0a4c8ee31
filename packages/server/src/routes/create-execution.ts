import type { ExecutionAnswer, executionRoutes } from "@capstan/api";
import type { ExecutionWithRuns } from "@capstan/runtime";
import type { ExecutionRow } from "@capstan/store";
import type { FastifyReply } from "fastify";
import type { RequestKey } from "../idempotency/once.ts";
import { actingAs } from "../authentication/acting.ts";
import type { Call } from "../mount.ts";
import { presentExecution } from "../presentation/execution.ts";
import { Refusal } from "../refusal.ts";
import { readLabel } from "../requests/field-rules.ts";
import { readFormInputs, type StoreFile } from "../requests/form.ts";
import { executionFolder, inputPath } from "../requests/storage-paths.ts";
import type { Service } from "../service.ts";

/** Starts a flow from a form. Files are stored first, below the id the execution will have, and removed if it is refused. */
export async function createExecution(
  service: Service,
  call: Call<(typeof executionRoutes)["createExecution"]>,
  key: RequestKey | undefined,
): Promise<ExecutionAnswer> {
  const { tenant, parameters, query, request } = call;
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
    const storeFile: StoreFile = (inputId, fileName, content) => {
      hasFiles = true;
      return storage.put(tenant, inputPath(folder, inputId, fileName), content);
    };
    const inputs = await readFormInputs(request, declared, storeFile, key?.fingerprint);
    const row = await executions.create({
      tenant,
      namespace,
      flowId,
      id,
      inputs,
      labels,
      from: "api",
      requestKey: key?.identified(),
      ...actingAs(request),
      ...(query.revision !== undefined && { revision: query.revision }),
      ...(query.scheduleDate !== undefined && { scheduleDate: Date.parse(query.scheduleDate) }),
      ...(query.kind !== undefined && { kind: query.kind }),
    });
    key?.created();
    return await startedExecution(service, call, row);
  } catch (error) {
    if (hasFiles && (await executions.get(tenant, id)) === undefined) await storage.delete(tenant, folder);
    throw error;
  }
}

/** The answer to a start, of the execution as it is now or, for who waits, when it has ended or is paused. */
export async function startedExecution(
  service: Service,
  { tenant, query, reply }: Call<(typeof executionRoutes)["createExecution"]>,
  row: ExecutionRow,
): Promise<ExecutionAnswer> {
  const { id, namespace, flowId } = row;
  const settled = query.wait
    ? await untilSettled(service, tenant, id, reply)
    : await service.runtime.executions.get(tenant, id);
  return {
    ...presentExecution(settled?.row ?? row, settled?.taskRuns ?? [], service.now()),
    url: `${service.publicUrl}/ui/${tenant}/executions/${namespace}/${flowId}/${id}`,
  };
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
