import { MATCHES } from "../objects/pattern-matcher.ts";
import { type TestRenderer, variablesRenderer } from "./variables-renderer.ts";

/** As `variablesRenderer`, with the one expression by which `patternMatcher` asks the platform. */
export function matchingRenderer(variables: Record<string, unknown>): TestRenderer {
  const paths = variablesRenderer(variables);
  return {
    ...paths,
    evaluate: (value, extra) =>
      value === MATCHES
        ? new RegExp(String(extra?.["pattern"]), "u").test(String(extra?.["name"]))
        : paths.evaluate(value, extra),
  };
}
