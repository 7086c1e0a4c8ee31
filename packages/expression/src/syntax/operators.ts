import type { BinaryOperator } from "./ast.ts";

/** What stands between two operands: an operator proper, a filter or a test. */
export type Infix =
  | { readonly kind: "binary"; readonly operator: BinaryOperator; readonly precedence: number }
  | { readonly kind: "filter"; readonly precedence: number }
  | { readonly kind: "test"; readonly precedence: number };

const binary = (operator: BinaryOperator, precedence: number): Infix => ({ kind: "binary", operator, precedence });

/** Higher binds tighter; all are left-associative. */
export const INFIXES: ReadonlyMap<string, Infix> = new Map<string, Infix>([
  ["or", binary("or", 10)],
  ["and", binary("and", 15)],
  ["is", { kind: "test", precedence: 20 }],
  ["contains", binary("contains", 20)],
  ["==", binary("==", 30)],
  ["equals", binary("==", 30)],
  ["!=", binary("!=", 30)],
  ["<", binary("<", 30)],
  [">", binary(">", 30)],
  ["<=", binary("<=", 30)],
  [">=", binary(">=", 30)],
  ["+", binary("+", 40)],
  ["-", binary("-", 40)],
  ["*", binary("*", 60)],
  ["/", binary("/", 60)],
  ["%", binary("%", 60)],
  ["|", { kind: "filter", precedence: 100 }],
  ["~", binary("~", 110)],
  ["..", binary("..", 120)],
  ["??", binary("??", 120)],
  ["???", binary("???", 120)],
  ["isIn", binary("isIn", 120)],
]);

export const UNARY_PRECEDENCE = 500;

/** Words that can't be variable names. */
export const RESERVED: ReadonlySet<string> = new Set(["or", "and", "is", "not", "contains", "equals", "isIn"]);

export const LITERALS: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["TRUE", true],
  ["false", false],
  ["FALSE", false],
  ["null", null],
  ["NULL", null],
  ["none", null],
  ["NONE", null],
]);
