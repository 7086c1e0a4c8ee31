import { describeUnmet, hidingOfFlow, triggerHolds, type UnmetCondition } from "@capstan/engine";
import { settle } from "@capstan/expression";
import type { JsonMap } from "@capstan/model";
import type { FlowKey } from "@capstan/store";
import type { SchedulerParts } from "./scheduler-parts.ts";
import { messageOf, type Target } from "./trigger-call.ts";
import { triggerScope } from "./trigger-scope.ts";

/** `unmet` says which one does not hold. */
type Asked = { readonly holds: boolean; readonly unmet?: UnmetCondition } | { readonly failure: string };

/** Whether the conditions and the `when` of a trigger hold now, or why that can't be said; `variables` is what `trigger` shows. */
export async function conditionsHold(
  parts: SchedulerParts,
  key: FlowKey,
  { flow, trigger }: Target,
  variables: JsonMap,
): Promise<Asked> {
  const { tenant, namespace, id } = key;
  try {
    return await settle(parts.environment(tenant, namespace, id), (environment): Asked => {
      const scope = triggerScope(key, flow, variables, environment, parts.globals);
      const context = { scope, environment, flow: { namespace, id }, date: parts.clock.now() };
      const result = triggerHolds(trigger, context);
      if ("holds" in result && result.holds) return result;
      const hiding = hidingOfFlow(flow.flow.inputs, environment.memo);
      if ("failure" in result) return { failure: hiding.masking.mask(result.failure) };
      return { holds: false, unmet: describeUnmet(trigger, context, hiding) };
    });
  } catch (error) {
    return { failure: messageOf(error) };
  }
}
