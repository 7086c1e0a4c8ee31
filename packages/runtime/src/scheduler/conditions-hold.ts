import { type ExplainedResult, explainedHolds } from "@capstan/engine";
import { settle } from "@capstan/expression";
import type { JsonMap } from "@capstan/model";
import type { FlowKey } from "@capstan/store";
import type { SchedulerParts } from "./scheduler-parts.ts";
import { messageOf, type Target } from "./trigger-call.ts";
import { triggerScope } from "./trigger-scope.ts";

/** Whether the conditions and the `when` of a trigger hold now, or why that can't be said; `variables` is what `trigger` shows. */
export async function conditionsHold(
  parts: SchedulerParts,
  key: FlowKey,
  { flow, trigger }: Target,
  variables: JsonMap,
): Promise<ExplainedResult> {
  const { tenant, namespace, id } = key;
  try {
    return await settle(parts.environment(tenant, namespace, id), (environment) => {
      const scope = triggerScope(key, flow, variables, environment, parts.globals);
      const context = { scope, environment, flow: { namespace, id }, date: parts.clock.now() };
      return explainedHolds(trigger, context, flow.flow.inputs);
    });
  } catch (error) {
    return { failure: messageOf(error) };
  }
}
