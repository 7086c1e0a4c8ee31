import { analyse } from "./analysis/analyse.ts";
import { circleText, renderingCircles } from "./analysis/rendering-circle.ts";
import type { Environment } from "./environment.ts";
import { ExpressionError, ExpressionSyntaxError, locate } from "./errors.ts";
import type { Evaluate } from "./evaluation/compiler.ts";
import { createCompiler } from "./evaluation/compile-template.ts";
import { bounded, createRuntime, type Frame, type Runtime } from "./evaluation/runtime.ts";
import { TEMPLATES_CACHED_MAX } from "./limits.ts";
import { RecentMap } from "./recent-map.ts";
import { type Scope, scopeOf } from "./scope.ts";
import { parseTemplate } from "./syntax/parse-template.ts";
import { isList, isMap, mapEntries, put, toArray, toPlain } from "./values/maps.ts";
import { toText } from "./values/text.ts";

/** A compiled source. It keeps no state between renderings. */
export interface Template {
  readonly source: string;
  /** Whether there is no `{{`, `{%` or `{#`: rendering returns the source itself. */
  readonly constant: boolean;
  /** The text. Throws an `ExpressionError`, or a `Suspension` when something isn't there yet. */
  render(scope: Scope, environment: Environment): string;
  /**
   * The value of a lone `{{ e }}`, the text otherwise. Lazy maps come out as plain objects, floats as JS numbers, integers
   * beyond 2^53 as bigints. Throws like `render`.
   */
  evaluate(scope: Scope, environment: Environment): unknown;
}

/** Compiles a source to closures. Throws an `ExpressionSyntaxError` with the first problem. */
export function compile(source: string): Template {
  if (!/\{[{%#]/u.test(source)) return { source, constant: true, render: () => source, evaluate: () => source };
  const { nodes, problems } = parseTemplate(source);
  const [problem] = problems;
  if (problem !== undefined) throw new ExpressionSyntaxError(source, problem.message, problem.offset, problem.hint);
  const compiler = createCompiler(source, nodes);
  const body = compiler.body(nodes);
  const [only] = nodes;
  const lone = nodes.length === 1 && only?.kind === "print" ? compiler.expression(only.expression) : undefined;
  return {
    source,
    constant: false,
    render: lone === undefined ? renderBody(source, body) : renderLone(source, lone),
    evaluate: (scope, environment) => {
      const runtime = createRuntime(source, scope, environment, true, renderNested);
      located(body, runtime);
      if (runtime.writes > 1) return runtime.text;
      return runtime.writes === 0 ? "" : toPlain(runtime.native ?? null);
    },
  };
}

/** Keeps the templates used last, by source. Sources that can't be read are compiled, and fail, every time. */
export function templateCache(limit: number = TEMPLATES_CACHED_MAX): (source: string) => Template {
  const templates = new RecentMap<string, Template>(limit);
  return (source) => {
    const known = templates.get(source);
    if (known !== undefined) return known;
    const template = compile(source);
    templates.set(source, template);
    return template;
  };
}

/** Renders the keys and texts of nested maps and lists; other values stay. The first of equal keys wins. */
export function renderDeep(
  value: unknown,
  scope: Scope,
  environment: Environment,
  compileCached: (source: string) => Template = compile,
): unknown {
  return deeply(value, (text) => compileCached(text).render(scope, environment), scope, environment, compileCached);
}

/** As `renderDeep`, with values that are a lone `{{ e }}` keeping their type. Keys are always text. */
export function evaluateDeep(
  value: unknown,
  scope: Scope,
  environment: Environment,
  compileCached: (source: string) => Template = compile,
): unknown {
  return deeply(value, (text) => compileCached(text).evaluate(scope, environment), scope, environment, compileCached);
}

function deeply(
  value: unknown,
  convert: (text: string) => unknown,
  scope: Scope,
  environment: Environment,
  compileCached: (source: string) => Template,
): unknown {
  if (typeof value === "string") return convert(value);
  if (isList(value)) {
    return toArray(value).map((element) => deeply(element, convert, scope, environment, compileCached));
  }
  if (!isMap(value)) return value;
  const result: Record<string, unknown> = {};
  for (const [key, entry] of mapEntries(value)) {
    const name = compileCached(key).render(scope, environment);
    if (!Object.hasOwn(result, name)) put(result, name, deeply(entry, convert, scope, environment, compileCached));
  }
  return result;
}

function renderLone(source: string, value: Evaluate): Template["render"] {
  return (scope, environment) => {
    const runtime = createRuntime(source, scope, environment, false, renderNested);
    try {
      return bounded(runtime, toText(value(runtime)));
    } catch (error) {
      throw explained(error, runtime);
    }
  };
}

function renderBody(source: string, body: Evaluate<void>): Template["render"] {
  return (scope, environment) => {
    const runtime = createRuntime(source, scope, environment, false, renderNested);
    located(body, runtime);
    return runtime.text;
  };
}

function located(body: Evaluate<void>, runtime: Runtime): void {
  try {
    body(runtime);
  } catch (error) {
    throw explained(error, runtime);
  }
}

/** A limit that is reached because values render each other without end is told with their names. */
function explained(error: unknown, { source, scope, depth }: Runtime): unknown {
  const isLimit = error instanceof ExpressionError && error.code === "LIMIT";
  if (!isLimit || depth > 0 || !rendersAgain(source)) return locate(error, source, 0);
  const start = { name: "", text: source };
  const [circle] = renderingCircles([start], (name) => scope.get(name));
  if (circle === undefined) return locate(error, source, 0);
  const message = `${error.message}: ${circleText(circle)} goes on without end in the expression \`${source}\`. ${CIRCLE_REMEDY}`;
  return locate(new ExpressionError("LIMIT", message, { cause: error, hint: CIRCLE_REMEDY }), source, 0);
}

const CIRCLE_REMEDY = "Let one of them stand for itself, or render it once, by `renderOnce(…)`.";

function rendersAgain(source: string): boolean {
  return analyse(source).functions.some(({ name }) => name === "render" || name === "renderOnce");
}

/** Renders a source found in a value: it sees the variables of the template around it, and counts on its budget. */
function renderNested(source: string, outer: Runtime): string {
  const { nodes, problems } = parseTemplate(source);
  const [problem] = problems;
  if (problem !== undefined) throw new ExpressionSyntaxError(source, problem.message, problem.offset, problem.hint);
  const scope = scopeWithLocals(outer.frame, outer.scope);
  const runtime = createRuntime(source, scope, outer.environment, false, renderNested);
  runtime.keepsRaw = true;
  runtime.steps = outer.steps;
  runtime.depth = outer.depth;
  try {
    located(createCompiler(source, nodes).body(nodes), runtime);
  } finally {
    outer.steps = runtime.steps;
  }
  return runtime.text;
}

function scopeWithLocals(frame: Frame | null, scope: Scope): Scope {
  if (frame === null) return scope;
  const parent = frame.isBarrier ? scope : scopeWithLocals(frame.parent, scope);
  return scopeOf(Object.fromEntries(frame.values), parent);
}
