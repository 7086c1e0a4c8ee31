import { explainedHolds, hidingOfFlow, isWebhookKey, type Label } from "@capstan/engine";
import { compile, type Environment, ExpressionError, renderDeep, scopeOf, settle } from "@capstan/expression";
import type { Flow, JsonMap, Trigger } from "@capstan/model";
import { type Evaluation, nothingOf } from "./evaluations.ts";
import { renderedLabels } from "./trigger-labels.ts";

type Roots = Readonly<Record<string, unknown>>;

/** Whether a call names the key of a trigger. One that can't be rendered fits no call. */
export async function hasKey(trigger: Trigger, given: string, roots: Roots, environment: Environment) {
  const source = String(trigger.properties["key"] ?? "");
  if (!source.includes("{")) return isWebhookKey(source, given);
  try {
    const key = await settle(environment, (settling) => compile(source).render(scopeOf(roots), settling));
    return isWebhookKey(key, given);
  } catch (error) {
    if (error instanceof ExpressionError) return false;
    throw error;
  }
}

/** Why the conditions refuse a call, if they do. */
export async function refusalOf(
  trigger: Trigger,
  flow: Flow,
  roots: Roots,
  environment: Environment,
): Promise<Omit<Evaluation, "at"> | undefined> {
  if (trigger.conditions.length === 0 && trigger.when === undefined) return undefined;
  return settle(environment, (settling): Omit<Evaluation, "at"> | undefined => {
    const result = explainedHolds(trigger, { scope: scopeOf(roots), environment: settling, flow }, flow.inputs);
    return "holds" in result && result.holds ? undefined : nothingOf(result);
  });
}

/** The inputs that a trigger sets; why they can't be rendered, with secrets hidden. */
export async function inputsOf(
  { inputs }: Trigger,
  flow: Flow,
  roots: Roots,
  environment: Environment,
): Promise<{ readonly set: JsonMap | undefined } | { readonly failure: string }> {
  if (inputs === undefined) return { set: undefined };
  return settle(environment, (settling) => {
    try {
      return { set: renderDeep(inputs, scopeOf(roots), settling) as JsonMap };
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return { failure: hidingOfFlow(flow.inputs, settling.memo).masking.mask(error.message) };
    }
  });
}

export async function labelsOf(trigger: Trigger, roots: Roots, environment: Environment): Promise<readonly Label[]> {
  if (Object.keys(trigger.labels).length === 0) return [];
  return settle(environment, (settling) => renderedLabels(trigger, scopeOf(roots), settling));
}

/** The status of an answer that `render` gives; undefined when it can't be rendered, or is none. */
export async function statusOf(render: () => Promise<unknown>): Promise<number | undefined> {
  try {
    const code = Number(await render());
    return Number.isInteger(code) && code >= 200 && code <= 599 ? code : undefined;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return undefined;
  }
}
