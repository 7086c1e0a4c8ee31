import { ExpressionError, locate, UndefinedError } from "../errors.ts";
import { propertyOf } from "../methods/registry.ts";
import type { Expression } from "../syntax/ast.ts";
import { LazyMap } from "../scope.ts";
import { isMap, put } from "../values/maps.ts";
import { isNumeric, negate } from "../values/numbers.ts";
import { toText } from "../values/text.ts";
import { isTrue } from "../values/truth.ts";
import { memberByValue, memberOf } from "./access.ts";
import type { Evaluate } from "./compiler.ts";
import { hintForKey, hintForName } from "./hints.ts";
import { describe, OPERATIONS } from "./operators.ts";
import {
  asChanged,
  bounded,
  localOf,
  type Runtime,
  spend,
  spendText,
  TEMPLATE_CONTEXT,
  TemplateContext,
} from "./runtime.ts";

/** What the compilation of expressions needs to know of its template. */
export interface ExpressionCompiler {
  readonly source: string;
  /** Names that the template itself assigns somewhere. */
  readonly assigned: ReadonlySet<string>;
  expression(node: Expression): Evaluate;
  lookup(node: Expression): Evaluate;
}

type Of<Kind extends Expression["kind"]> = Expression & { readonly kind: Kind };

/** A name or a path: `undefined` where something on the way isn't there. */
export function compilePathLookup(node: Of<"name"> | Of<"member">, compiler: ExpressionCompiler): Evaluate {
  if (node.kind === "name") return compileName(node.name, compiler);
  const target = compiler.lookup(node.target);
  return compileMember(target, node, compiler);
}

/** A name or a path: an error where something on the way isn't there. */
export function compilePath(node: Of<"name"> | Of<"member">, compiler: ExpressionCompiler): Evaluate {
  const { source } = compiler;
  if (node.kind === "name") {
    const { name, offset } = node;
    const find = compileName(name, compiler);
    return (runtime) => {
      const value = find(runtime);
      if (value === undefined) throw new UndefinedError(name, source, offset, hintForName(runtime, name));
      return value;
    };
  }
  const target = compiler.expression(node.target);
  const { offset } = node.key;
  if (node.key.kind === "literal" && typeof node.key.value === "string") {
    const key = node.key.value;
    return (runtime) => {
      spend(runtime, 1);
      const owner = target(runtime);
      const value = attributeOf(owner, key, runtime);
      if (value === undefined) throw new UndefinedError(key, source, offset, hintForKey(owner, key));
      return asChanged(runtime, value);
    };
  }
  const key = compiler.expression(node.key);
  return (runtime) => {
    spend(runtime, 1);
    const owner = target(runtime);
    const name = key(runtime);
    const value = memberByValue(owner, name);
    if (value === undefined) throw new UndefinedError(toText(name), source, offset, hintForKey(owner, name));
    return asChanged(runtime, value);
  };
}

function compileMember(target: Evaluate, node: Of<"member">, compiler: ExpressionCompiler): Evaluate {
  if (node.key.kind === "literal" && typeof node.key.value === "string") {
    const key = node.key.value;
    return (runtime) => {
      spend(runtime, 1);
      return asChanged(runtime, attributeOf(target(runtime), key, runtime));
    };
  }
  const key = compiler.lookup(node.key);
  return (runtime) => {
    spend(runtime, 1);
    return asChanged(runtime, memberByValue(target(runtime), key(runtime)));
  };
}

function attributeOf(owner: unknown, key: string, runtime: Runtime): unknown {
  const value = memberOf(owner, key);
  return value === undefined ? propertyOf(owner, key, runtime) : value;
}

function compileName(name: string, compiler: ExpressionCompiler): Evaluate {
  if (name === TEMPLATE_CONTEXT) {
    return (runtime) => {
      spend(runtime, 1);
      return localOf(runtime, name) ?? runtime.scope.get(name) ?? new TemplateContext(runtime);
    };
  }
  if (!compiler.assigned.has(name)) {
    return (runtime) => {
      spend(runtime, 1);
      return asChanged(runtime, runtime.scope.get(name));
    };
  }
  return (runtime) => {
    spend(runtime, 1);
    const local = localOf(runtime, name);
    return asChanged(runtime, local === undefined ? runtime.scope.get(name) : local);
  };
}

export function compileBinary(node: Of<"binary">, compiler: ExpressionCompiler): Evaluate {
  const right = compiler.expression(node.right);
  switch (node.operator) {
    case "??": {
      const left = compiler.lookup(node.left);
      return (runtime) => left(runtime) ?? right(runtime);
    }
    case "???": {
      const left = compiler.lookup(node.left);
      return (runtime) => {
        const value = left(runtime);
        return value === undefined ? right(runtime) : value;
      };
    }
    case "and": {
      const left = compiler.expression(node.left);
      return (runtime) => isTrue(left(runtime), "`and`") && isTrue(right(runtime), "`and`");
    }
    case "or": {
      const left = compiler.expression(node.left);
      return (runtime) => isTrue(left(runtime), "`or`") || isTrue(right(runtime), "`or`");
    }
    default: {
      const left = compiler.expression(node.left);
      const operation = OPERATIONS[node.operator];
      const { operatorOffset } = node;
      return (runtime) => {
        spend(runtime, 1);
        try {
          const first = left(runtime);
          const second = right(runtime);
          spendText(runtime, first);
          spendText(runtime, second);
          return operation(first, second, runtime);
        } catch (error) {
          throw locate(error, compiler.source, operatorOffset);
        }
      };
    }
  }
}

export function compileUnary(node: Of<"unary">, compiler: ExpressionCompiler): Evaluate {
  const operand = compiler.expression(node.operand);
  const { operator } = node;
  if (operator === "not") return (runtime) => !isTrue(operand(runtime), "`not`");
  return (runtime) => {
    const value = operand(runtime);
    if (!isNumeric(value)) throw new ExpressionError("TYPE", `\`${operator}\` needs a number, not ${describe(value)}`);
    return operator === "-" ? negate(value) : value;
  };
}

export function compileConditional(node: Of<"conditional">, compiler: ExpressionCompiler): Evaluate {
  const condition = compiler.expression(node.condition);
  const whenTrue = compiler.expression(node.whenTrue);
  const whenFalse = compiler.expression(node.whenFalse);
  return (runtime) => {
    const value = condition(runtime);
    return value !== null && isTrue(value, "`? :`") ? whenTrue(runtime) : whenFalse(runtime);
  };
}

export function compileCollection(node: Of<"list"> | Of<"map">, compiler: ExpressionCompiler): Evaluate {
  if (node.kind === "list") {
    const items = node.items.map((item) => compiler.expression(item));
    return (runtime) => {
      spend(runtime, items.length);
      return items.map((item) => item(runtime));
    };
  }
  const entries = node.entries.map((entry) => ({
    key: compiler.expression(entry.key),
    value: compiler.expression(entry.value),
  }));
  return (runtime) => {
    spend(runtime, entries.length);
    const result: Record<string, unknown> = {};
    for (const { key, value } of entries) put(result, keyText(key(runtime)), value(runtime));
    return result;
  };
}

export function compileInterpolation(node: Of<"interpolation">, compiler: ExpressionCompiler): Evaluate {
  const parts = node.parts.map((part) => compiler.expression(part));
  return (runtime) => {
    let text = "";
    for (const part of parts) text = bounded(runtime, text + toText(part(runtime)));
    return text;
  };
}

/** Evaluates with `undefined` in place of an error about something not defined. */
export function forgiving(evaluate: Evaluate): Evaluate {
  return (runtime: Runtime) => {
    try {
      return evaluate(runtime);
    } catch (error) {
      if (error instanceof UndefinedError) return undefined;
      throw error;
    }
  };
}

function keyText(key: unknown): string {
  if (key instanceof LazyMap || isMap(key) || key === null) {
    throw new ExpressionError("TYPE", `The key of a map must be a text, not ${describe(key)}`);
  }
  return toText(key);
}
