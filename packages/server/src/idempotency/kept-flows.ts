import type { KeptFlow } from "@capstan/runtime";
import { presentFlow } from "../presentation/flow.ts";
import { flowNotFound } from "../routes/flow-lookup.ts";
import type { Service } from "../service.ts";

/** A flow that was answered: a revision never changes. */
export async function keptFlow(
  { runtime }: Service,
  tenant: string,
  [namespace, id, revision]: KeptFlow,
): Promise<object> {
  const row = await runtime.store.flows.get({ tenant, namespace, id }, { revision });
  if (row === undefined) throw flowNotFound({ namespace, id });
  return presentFlow(row, runtime.flows.check(row.source), true);
}

export async function keptFlows(
  service: Service,
  tenant: string,
  kept: readonly KeptFlow[],
): Promise<readonly object[]> {
  const shown: object[] = [];
  for (const flow of kept) shown.push(await keptFlow(service, tenant, flow));
  return shown;
}
