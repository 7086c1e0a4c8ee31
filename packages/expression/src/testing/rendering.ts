import { expect } from "vitest";
import type { Environment } from "../environment.ts";
import { type Scope, scopeOf } from "../scope.ts";
import { compile } from "../template.ts";

/** 2024-01-01T00:00:00Z */
export const NEW_YEAR_MS = 1_704_067_200_000;

/** An environment with a clock that stands and a sequence for randomness. */
export function testEnvironment(changes: Partial<Environment> = {}): Environment {
  let state = 1;
  const random = (): number => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return { now: () => NEW_YEAR_MS, random, timeZone: "UTC", ...changes };
}

export function render(
  source: string,
  values: Record<string, unknown> | Scope = {},
  environment = testEnvironment(),
): string {
  return compile(source).render(isScope(values) ? values : scopeOf(values), environment);
}

/** The native value of an expression. */
export function valueOf(
  expression: string,
  values: Record<string, unknown> = {},
  environment = testEnvironment(),
): unknown {
  return compile(`{{ ${expression} }}`).evaluate(scopeOf(values), environment);
}

/** Checks what an expression prints; `Error: …` is the beginning of the message of its error. */
export function expectPrinted(expression: string, printed: string, values: Record<string, unknown> = {}): void {
  const source = `{{ ${expression} }}`;
  if (printed.startsWith("Error: ")) expect(() => render(source, values)).toThrow(printed.slice("Error: ".length));
  else expect(render(source, values)).toBe(printed);
}

function isScope(values: Record<string, unknown> | Scope): values is Scope {
  return typeof values.get === "function" && typeof values.keys === "function";
}
