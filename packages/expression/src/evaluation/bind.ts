import { ExpressionError } from "../errors.ts";
import type { Argument, Expression } from "../syntax/ast.ts";
import type { Evaluate } from "./compiler.ts";
import type { Parameter } from "./definition.ts";

/** Where the value of each parameter comes from, and what is wrong with the call. */
export interface Binding {
  readonly slots: readonly (Expression | readonly Expression[] | undefined)[];
  readonly problem?: string;
}

/** Matches the arguments of a call, positional ones first, with the parameters. */
export function bind(what: string, parameters: readonly Parameter[], given: readonly Argument[]): Binding {
  const slots: (Expression | readonly Expression[] | undefined)[] = parameters.map(() => undefined);
  let problem: string | undefined;
  const rest: Expression[] = [];
  const restIndex = parameters.findIndex((parameter) => parameter.isRest === true);
  for (const [position, argument] of given.entries()) {
    if (argument.name === undefined && restIndex !== -1 && position >= restIndex) {
      rest.push(argument.value);
      continue;
    }
    const { name } = argument;
    const index = name === undefined ? position : parameters.findIndex((parameter) => parameter.name === name);
    if (index === -1) {
      problem ??= `${what} has no argument \`${name}\`; it takes ${listed(parameters)}`;
    } else if (index >= parameters.length) {
      problem ??= `${what} takes ${listed(parameters)}, not ${given.length} arguments`;
    } else {
      if (slots[index] !== undefined) problem ??= `${what} gets the argument \`${parameters[index]!.name}\` twice`;
      slots[index] = argument.value;
    }
  }
  if (restIndex !== -1 && rest.length > 0) slots[restIndex] = rest;
  const missing = parameters.find((parameter, index) => parameter.isRequired === true && slots[index] === undefined);
  if (missing !== undefined) problem ??= `${what} needs the argument \`${missing.name}\``;
  return problem === undefined ? { slots } : { slots, problem };
}

/** Compiles a binding to a closure that answers the arguments in the order of the parameters. */
export function compileBinding(
  binding: Binding,
  parameters: readonly Parameter[],
  compile: (expression: Expression) => Evaluate,
): Evaluate<readonly unknown[]> {
  const { problem } = binding;
  if (problem !== undefined) {
    return () => {
      throw new ExpressionError("ARGUMENT", problem);
    };
  }
  const slots = binding.slots.map((slot, index): Evaluate => {
    if (slot === undefined) {
      const { fallback } = parameters[index]!;
      return () => fallback;
    }
    if ("kind" in slot) return compile(slot);
    const elements = slot.map((element) => compile(element));
    return (runtime) => elements.map((element) => element(runtime));
  });
  if (binding.slots.every((slot) => slot === undefined)) {
    const fallbacks = parameters.map((parameter) => parameter.fallback);
    return () => fallbacks;
  }
  return (runtime) => slots.map((slot) => slot(runtime));
}

function listed(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return "no arguments";
  return parameters.map((parameter) => `\`${parameter.name}\``).join(", ");
}
