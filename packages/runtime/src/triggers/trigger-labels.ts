import type { Label } from "@capstan/engine";
import { compile, type Environment, ExpressionError, type Scope, type Template } from "@capstan/expression";
import type { Trigger } from "@capstan/model";

/**
 * The labels that a trigger gives to its executions: those that are empty or can't be rendered are left out, as in Kestra.
 * Passes a `Suspension` through.
 */
export function renderedLabels(
  { labels }: Trigger,
  scope: Scope,
  environment: Environment,
  compileCached: (source: string) => Template = compile,
): readonly Label[] {
  const result: Label[] = [];
  for (const [key, source] of Object.entries(labels)) {
    try {
      const value = compileCached(source).render(scope, environment);
      if (value !== "") result.push({ key, value });
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
    }
  }
  return result;
}
