import type { Evaluate } from "./condition.ts";
import { isSet, requiredText } from "./read-property.ts";

/** Whether the flow that the condition belongs to is the given one. */
export const flowCondition: Evaluate = (properties, context) =>
  context.flow.namespace === requiredText(properties, "namespace", context) &&
  context.flow.id === requiredText(properties, "flowId", context);

export const flowNamespaceCondition: Evaluate = (properties, context) => {
  const wanted = requiredText(properties, "namespace", context);
  const { namespace } = context.flow;
  return isSet(properties, "prefix", context) ? namespace.startsWith(wanted) : namespace === wanted;
};
