import { type Environment, evaluateDeep, type Scope, scopeOf, settle, templateCache } from "@capstan/expression";
import type { PropertyRenderer, Renderer } from "@capstan/sdk";
import type { FunctionHost } from "../functions/function-host.ts";
import { hostFunctions } from "../functions/function-table.ts";

/** Templates kept by a worker thread. */
const TEMPLATES_MAX = 5_000;
const compiled = templateCache(TEMPLATES_MAX);

/** Expressions as one attempt sees them. */
export interface Evaluation extends Renderer {
  /** Evaluates until nothing has to be waited for; `evaluation` may run several times. */
  settled<T>(evaluation: (renderer: PropertyRenderer) => T): Promise<T>;
}

/** What expressions of a worker thread may use. */
export function threadEnvironment(host: FunctionHost): Environment {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    timeZone: Temporal.Now.timeZoneId(),
    functions: hostFunctions,
    host,
  };
}

export function createEvaluation(scope: Scope, host: FunctionHost): Evaluation {
  const environment = threadEnvironment(host);
  const withRoots = (extra: Record<string, unknown> | undefined) =>
    extra === undefined ? scope : scopeOf(extra, scope);
  return {
    settled: (evaluation) => settle(environment, (settling) => evaluation(propertyRenderer(scope, settling))),
    render: (source, extra) => settle(environment, (settling) => compiled(source).render(withRoots(extra), settling)),
    evaluate: (value, extra) =>
      settle(environment, (settling) => evaluateDeep(value, withRoots(extra), settling, compiled)),
  };
}

/** What `resolveProperties` renders with. Passes a `Suspension` through. */
export function propertyRenderer(scope: Scope, environment: Environment): PropertyRenderer {
  return {
    render: (text) => compiled(text).render(scope, environment),
    evaluate: (value) => evaluateDeep(value, scope, environment, compiled),
  };
}
