/** Renders with the extra variables of one call; may be asynchronous only in what it is built on, never here. */
export interface TestRenderer {
  render(source: string, extra?: Record<string, unknown>): string;
  evaluate(value: unknown, extra?: Record<string, unknown>): unknown;
}

const EXPRESSION = /\{\{\s*([\w$]+(?:\.[\w$]+|\[(?:'[^']*'|\d+)\])*)\s*\}\}/g;

/**
 * A renderer that knows paths only (`{{ a.b['c'][0] }}`), enough for tests that need values from variables. An unknown
 * path and any other expression throw.
 */
export function variablesRenderer(variables: Record<string, unknown>): TestRenderer {
  const evaluateText = (source: string, scope: Record<string, unknown>): unknown => {
    const parts = [...source.matchAll(EXPRESSION)];
    if (parts.length === 1 && parts[0]![0] === source.trim()) return lookup(parts[0]![1]!, scope);
    if (/\{[{%]/.test(source.replace(EXPRESSION, "")))
      throw new Error(`The test's renderer knows paths only, not: ${source}`);
    return source.replace(EXPRESSION, (_match, path: string) => printed(lookup(path, scope)));
  };
  const evaluate = (value: unknown, scope: Record<string, unknown>): unknown => {
    if (typeof value === "string") return evaluateText(value, scope);
    if (Array.isArray(value)) return value.map((entry) => evaluate(entry, scope));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [printed(evaluateText(key, scope)), evaluate(entry, scope)]),
    );
  };
  return {
    render: (source, extra) => printed(evaluateText(source, { ...variables, ...extra })),
    evaluate: (value, extra) => evaluate(value, { ...variables, ...extra }),
  };
}

function lookup(path: string, scope: Record<string, unknown>): unknown {
  const steps = path.split(/[.[\]]/).filter((step) => step !== "");
  let current: unknown = scope;
  for (const step of steps) {
    const key = step.replaceAll("'", "");
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key))
      throw new Error(`Unable to find \`${key}\` used in the expression \`${path}\``);
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}

function printed(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
