import type { Jq, JqAssignment, JqOperator } from "./ast.ts";
import { type JqContext, type JqScope, pathsOf, valuesOf } from "./environment.ts";
import { operate } from "./operations.ts";
import { deletePaths, getPath, setPath } from "./paths.ts";
import { isTruthy } from "./values.ts";

/** The results of `left = right`, `left |= right` and their kin. */
export function* assignments(
  node: Jq & { kind: "assign" },
  scope: JqScope,
  input: unknown,
  context: JqContext,
): Iterable<unknown> {
  const left = { body: node.left, scope };
  const right = { body: node.right, scope };
  if (node.operator === "|=") {
    yield update(input, [...pathsOf(left, input, context)], (old) => [...firstOf(valuesOf(right, old, context))]);
    return;
  }
  for (const value of valuesOf(right, input, context)) {
    const change = changeOf(node.operator, value);
    yield update(input, [...pathsOf(left, input, context)], (old) => [change(old)]);
  }
}

const ARITHMETIC: Readonly<Record<"+=" | "-=" | "*=" | "/=" | "%=", JqOperator>> = {
  "+=": "+",
  "-=": "-",
  "*=": "*",
  "/=": "/",
  "%=": "%",
};

function changeOf(operator: Exclude<JqAssignment, "|=">, value: unknown): (old: unknown) => unknown {
  if (operator === "=") return () => value;
  if (operator === "//=") return (old) => (isTruthy(old) ? old : value);
  return (old) => operate(ARITHMETIC[operator], old, value);
}

/** Replaces what is at each path; where `change` answers nothing, it is removed. */
function update(input: unknown, paths: readonly (readonly unknown[])[], change: (old: unknown) => unknown[]): unknown {
  let result = input;
  const removed: (readonly unknown[])[] = [];
  for (const path of paths) {
    const replacement = change(getPath(result, path));
    if (replacement.length === 0) removed.push(path);
    else result = setPath(result, path, replacement[0]);
  }
  return removed.length === 0 ? result : deletePaths(result, removed);
}

function* firstOf(values: Iterable<unknown>): Iterable<unknown> {
  for (const value of values) {
    yield value;
    return;
  }
}
