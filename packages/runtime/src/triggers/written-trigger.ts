import type { Trigger } from "@capstan/model";
import type { FlowKey, TriggerKey } from "@capstan/store";
import type { FlowRegistry } from "../executor/flows.ts";
import type { CompiledFlow } from "../executor/plan-cache.ts";
import { RequestError } from "../errors.ts";

/** A trigger as the latest revision of its flow has it. */
export interface WrittenTrigger {
  readonly flowKey: FlowKey;
  readonly compiled: CompiledFlow;
  readonly trigger: Trigger;
}

/** Throws `RequestError` (404) for a flow or a trigger that there is not. */
export async function writtenTrigger(flows: FlowRegistry, key: TriggerKey): Promise<WrittenTrigger> {
  const flowKey = { tenant: key.tenant, namespace: key.namespace, id: key.flowId };
  const compiled = await flows.compiled(flowKey);
  const trigger = compiled.plan.flow.triggers.find(({ id }) => id === key.triggerId);
  if (trigger === undefined) throw triggerNotFound(key);
  return { flowKey, compiled, trigger };
}

export function triggerNotFound({ namespace, flowId, triggerId }: TriggerKey): RequestError {
  return new RequestError("trigger-not-found", `there is no trigger ${triggerId} in ${namespace}.${flowId}`);
}
