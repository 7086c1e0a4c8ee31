import { ExpressionError, locate, UndefinedError } from "../errors.ts";
import { filters } from "../filters/registry.ts";
import { functions } from "../functions/registry.ts";
import { callMethod, methodNamed } from "../methods/registry.ts";
import { tests } from "../predicates/registry.ts";
import type { Argument, Expression, Invocation } from "../syntax/ast.ts";
import { bind, compileBinding } from "./bind.ts";
import { callHost } from "./call-host.ts";
import type { Evaluate } from "./compiler.ts";
import { hintForFilter, hintForFunction, hintForMethod, hintForReceiver } from "./hints.ts";
import { asChanged, spend, spendText } from "./runtime.ts";

/** What the compilation of calls needs to know of its template. */
export interface CallCompiler {
  readonly source: string;
  expression(node: Expression): Evaluate;
  lookup(node: Expression): Evaluate;
  /** The call of a macro of this template, `undefined` when it has none of this name. */
  macro(name: string, given: readonly Argument[]): Evaluate | undefined;
  /** The text of a block of this template. */
  block(call: Invocation): Evaluate;
}

/** A filter on an input compiled already. */
export function compileFilter(filter: Invocation, input: Evaluate, compiler: CallCompiler): Evaluate {
  const { source } = compiler;
  const { name, nameOffset } = filter;
  const definition = filters.get(name);
  if (definition === undefined) {
    return () => {
      const hint = hintForFilter(name);
      const error = new ExpressionError("UNKNOWN_FILTER", `Filter [${name}] does not exist.`, hintOf(hint));
      throw locate(error, source, nameOffset);
    };
  }
  const { parameters, takesNull = false } = definition;
  const given = compileBinding(bind(`The filter \`${name}\``, parameters, filter.arguments), parameters, (argument) =>
    compiler.expression(argument),
  );
  return (runtime) => {
    spend(runtime, 1);
    const value = input(runtime);
    if (value === null && !takesNull) return null;
    spendText(runtime, value);
    try {
      return asChanged(runtime, definition.apply(value, given(runtime), runtime));
    } catch (error) {
      throw locate(error, source, nameOffset);
    }
  };
}

/** A filter on an expression: some filters also accept an input that isn't defined. */
export function compileFilterOn(node: Expression & { kind: "filter" }, compiler: CallCompiler): Evaluate {
  const takesUndefined = filters.get(node.filter.name)?.takesUndefined === true;
  const input = takesUndefined ? compiler.lookup(node.input) : compiler.expression(node.input);
  return compileFilter(node.filter, input, compiler);
}

/** A method on a value: an error where the value has no such method, or what it asks for isn't there. */
export function compileMethod(
  { target, method: call }: Expression & { kind: "method" },
  compiler: CallCompiler,
): Evaluate {
  const { source } = compiler;
  const { name, nameOffset } = call;
  const owner = compiler.expression(target);
  const method = methodNamed(name);
  if (method === undefined) {
    return () => {
      throw new UndefinedError(name, source, nameOffset, hintForMethod(name));
    };
  }
  const { parameters } = method;
  const given = compileBinding(bind(`The method \`${name}\``, parameters, call.arguments), parameters, (argument) =>
    compiler.expression(argument),
  );
  return (runtime) => {
    spend(runtime, 1);
    const value = owner(runtime);
    spendText(runtime, value);
    try {
      const result = callMethod(method, value, given(runtime), runtime);
      if (result === undefined) throw new UndefinedError(name, source, nameOffset, hintForReceiver(value, name));
      return asChanged(runtime, result);
    } catch (error) {
      throw locate(error, source, nameOffset);
    }
  };
}

/** A call: a function of the host goes before a built-in one, which goes before a macro. */
export function compileCall(call: Invocation, compiler: CallCompiler): Evaluate {
  const { source } = compiler;
  const { name, nameOffset } = call;
  const hostArguments = call.arguments.map((argument) => ({
    name: argument.name,
    value: compiler.expression(argument.value),
  }));
  const own = compileOwn(call, compiler);
  return (runtime) => {
    spend(runtime, 1);
    try {
      const { functions: table } = runtime.environment;
      if (table !== undefined && Object.hasOwn(table, name)) {
        return callHost(name, table[name]!, hostArguments, runtime);
      }
      return own(runtime);
    } catch (error) {
      throw locate(error, source, nameOffset);
    }
  };
}

function compileOwn(call: Invocation, compiler: CallCompiler): Evaluate {
  const { name } = call;
  if (name === "block") return compiler.block(call);
  const definition = functions.get(name);
  if (definition === undefined) {
    return (
      compiler.macro(name, call.arguments) ??
      ((runtime) => {
        const hint = hintForFunction(name, Object.keys(runtime.environment.functions ?? {}));
        throw new ExpressionError("UNKNOWN_FUNCTION", `Function or Macro [${name}] does not exist.`, hintOf(hint));
      })
    );
  }
  const { parameters } = definition;
  const given = compileBinding(bind(`The function \`${name}\``, parameters, call.arguments), parameters, (argument) =>
    compiler.expression(argument),
  );
  return (runtime) => {
    const values = given(runtime);
    for (const value of values) spendText(runtime, value);
    return definition.call(values, runtime);
  };
}

function hintOf(hint: string | undefined): { hint?: string } {
  return hint === undefined ? {} : { hint };
}

export function compileTest(node: Expression & { kind: "test" }, compiler: CallCompiler): Evaluate {
  const { source } = compiler;
  const { name, nameOffset } = node.test;
  const { negated } = node;
  const definition = tests.get(name);
  if (definition === undefined) {
    return () => {
      throw locate(new ExpressionError("UNKNOWN_TEST", `Test [${name}] does not exist.`), source, nameOffset);
    };
  }
  const operand =
    definition.takesUndefined === true ? tolerant(compiler.lookup(node.operand)) : compiler.expression(node.operand);
  return (runtime) => {
    spend(runtime, 1);
    const value = operand(runtime);
    spendText(runtime, value);
    return definition.holds(value) !== negated;
  };
}

/** Any mistake while evaluating the operand counts as not defined, except that limits hold. */
function tolerant(evaluate: Evaluate): Evaluate {
  return (runtime) => {
    try {
      return evaluate(runtime);
    } catch (error) {
      if (error instanceof UndefinedError) return undefined;
      if (error instanceof ExpressionError && error.code !== "LIMIT" && error.code !== "ASYNCHRONOUS") return undefined;
      throw error;
    }
  };
}
