import type { Jq } from "./ast.ts";
import { JqSyntaxError } from "./errors.ts";
import type { JqToken } from "./tokenize.ts";

/** The parts of the grammar that refer to each other across files. */
export interface JqGrammar {
  pipe(cursor: JqCursor): Jq;
  postfix(cursor: JqCursor): Jq;
  /** An expression without commas and pipes at its top. */
  alternative(cursor: JqCursor): Jq;
  /** The program inside an interpolation. */
  nested(tokens: readonly JqToken[], depth: number): Jq;
}

/** A place in the tokens of a program. */
export interface JqCursor {
  readonly grammar: JqGrammar;
  depth: number;
  current(): JqToken;
  advance(): JqToken;
  isSymbol(text: string): boolean;
  isKeyword(text: string): boolean;
  take(symbol: string): boolean;
  takeKeyword(keyword: string): boolean;
  expect(symbol: string): void;
  expectKeyword(keyword: string): void;
  expectEnd(): void;
  /** A function's name. */
  name(): string;
  /** The name of a variable, without `$`. */
  variable(): string;
  fail(expected: string): never;
}

export function createJqCursor(tokens: readonly JqToken[], depth: number, grammar: JqGrammar): JqCursor {
  let index = 0;
  const current = (): JqToken => tokens[index]!;
  const advance = (): JqToken => {
    const token = current();
    index = Math.min(index + 1, tokens.length - 1);
    return token;
  };
  const isAt = (kind: JqToken["kind"], text: string): boolean => current().kind === kind && current().text === text;
  const takeIf = (isWanted: boolean): boolean => {
    if (isWanted) advance();
    return isWanted;
  };
  const fail = (expected: string): never => {
    const found = current().kind === "end" ? "the end" : `"${current().text}"`;
    throw new JqSyntaxError(`expected ${expected}, not ${found}`, current().offset);
  };
  return {
    grammar,
    depth,
    current,
    advance,
    isSymbol: (text) => isAt("symbol", text),
    isKeyword: (text) => isAt("keyword", text),
    take: (symbol) => takeIf(isAt("symbol", symbol)),
    takeKeyword: (keyword) => takeIf(isAt("keyword", keyword)),
    expect: (symbol) => void (takeIf(isAt("symbol", symbol)) || fail(`"${symbol}"`)),
    expectKeyword: (keyword) => void (takeIf(isAt("keyword", keyword)) || fail(`"${keyword}"`)),
    expectEnd: () => void (current().kind === "end" || fail("the end")),
    name: () => {
      const { kind } = current();
      if (kind !== "name" && kind !== "keyword") return fail("a name");
      return advance().text;
    },
    variable: () => (current().kind === "variable" ? advance().text.slice(1) : fail("a variable")),
    fail,
  };
}
