import { isTruthyText, scopeOf } from "@capstan/expression";
import type { State } from "../execution/execution.ts";
import { type ConditionContext, ConditionFailure, type Evaluate, type UpstreamExecution } from "./condition.ts";
import { isSet, labelsOf, render, requiredText, textOf, textsOf } from "./read-property.ts";

export const executionFlow: Evaluate = (properties, context) => {
  const { namespace, flowId } = upstream(context);
  return (
    namespace === requiredText(properties, "namespace", context) &&
    flowId === requiredText(properties, "flowId", context)
  );
};

/** `comparison` goes before the older `prefix`. */
export const executionNamespace: Evaluate = (properties, context) => {
  const { namespace } = upstream(context);
  const wanted = requiredText(properties, "namespace", context);
  const comparison =
    textOf(properties, "comparison", context) ?? (isSet(properties, "prefix", context) ? "PREFIX" : "EQUALS");
  switch (comparison) {
    case "EQUALS":
      return namespace === wanted;
    case "PREFIX":
      return namespace.startsWith(wanted);
    case "SUFFIX":
      return namespace.endsWith(wanted);
    default:
      throw new ConditionFailure(`\`${comparison}\` is no comparison of namespaces`);
  }
};

export const executionLabels: Evaluate = (properties, context) => {
  const { labels } = upstream(context);
  return labelsOf(properties["labels"], context).every((wanted) =>
    labels.some((label) => label.key === wanted.key && label.value === wanted.value),
  );
};

export const executionOutputs: Evaluate = (properties, context) => {
  const { outputs } = upstream(context);
  if (outputs === undefined || Object.keys(outputs).length === 0) return false;
  const expression = properties["expression"];
  if (typeof expression !== "string") throw new ConditionFailure("the property `expression` is missing");
  const trigger = context.scope.get("trigger");
  const scope = scopeOf({ trigger: { ...(typeof trigger === "object" ? trigger : {}), outputs } }, context.scope);
  return isTruthyText(render(expression, { ...context, scope }));
};

export const executionStatus: Evaluate = (properties, context) => isAmong(properties, context)(upstream(context).state);

export const hasRetryAttempt: Evaluate = (properties, context) => {
  const attempts = upstream(context).attempts;
  if (attempts === undefined) throw new ConditionFailure("the attempts of the execution are not known here");
  const matches = isAmong(properties, context);
  for (const states of attempts()) if (states.length > 1 && states.some(matches)) return true;
  return false;
};

function isAmong(properties: Parameters<Evaluate>[0], context: ConditionContext): (state: State) => boolean {
  const included = textsOf(properties, "in", context);
  const excluded = textsOf(properties, "notIn", context);
  return (state) => (included === undefined || included.includes(state)) && excluded?.includes(state) !== true;
}

function upstream(context: ConditionContext): UpstreamExecution {
  if (context.execution === undefined) throw new ConditionFailure("there is no execution to look at");
  return context.execution;
}
