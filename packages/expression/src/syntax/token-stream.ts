import { abortAt, type Token } from "./tokens.ts";

/** A cursor over the tokens of one expression or tag. */
export interface TokenStream {
  /** Expressions being read inside each other. */
  depth: number;
  current(): Token;
  advance(): void;
  /** Whether the current token is this symbol. */
  isCurrent(symbol: string): boolean;
  /** Whether the token behind the current one is this symbol. */
  isNext(symbol: string): boolean;
  /** Passes this symbol, if it is the current token. */
  take(symbol: string): boolean;
  /** Passes this word, if it is the current token. */
  takeName(name: string): boolean;
  /** Passes this symbol or aborts. */
  expect(symbol: string, hint?: string): void;
  /** Passes any name and returns it, or aborts. */
  expectName(what: string): string;
  expectEnd(): void;
  /** Offset behind the token passed last. */
  previousEnd(): number;
  /** The token in words, for messages. */
  describe(token: Token): string;
}

/** `tokens` must be closed by an `end` token. */
export function streamOf(tokens: readonly Token[]): TokenStream {
  let index = 0;
  const current = (): Token => tokens[index]!;
  const isSymbol = (token: Token | undefined, text: string): boolean => token?.kind === "symbol" && token.text === text;
  const take = (isWanted: boolean): boolean => {
    if (isWanted) index += 1;
    return isWanted;
  };
  const describe = (token: Token): string => (token.kind === "end" ? "the end of the expression" : `"${token.text}"`);
  const fail = (expected: string, hint?: string): never =>
    abortAt(current(), `Expected ${expected}, not ${describe(current())}`, hint);
  return {
    depth: 0,
    current,
    advance: () => void (index = Math.min(index + 1, tokens.length - 1)),
    isCurrent: (symbol) => isSymbol(current(), symbol),
    isNext: (symbol) => isSymbol(tokens[index + 1], symbol),
    take: (symbol) => take(isSymbol(current(), symbol)),
    takeName: (name) => take(current().kind === "name" && current().text === name),
    expect: (symbol, hint) => {
      if (!take(isSymbol(current(), symbol))) fail(`"${symbol}"`, hint);
    },
    expectName: (what) => {
      const token = current();
      if (token.kind !== "name") return fail(what);
      index += 1;
      return token.text;
    },
    expectEnd: () => {
      if (current().kind !== "end") {
        abortAt(current(), `Unexpected ${describe(current())} behind the expression`, hintBehind(current()));
      }
    },
    previousEnd: () => tokens[index - 1]?.end ?? current().offset,
    describe,
  };
}

function hintBehind(token: Token): string | undefined {
  if (token.kind === "symbol" && token.text === "=") return "Write `==` to compare.";
  if (token.kind === "symbol" && token.text === ".") return "Put a filtered value in brackets: `(a | first).b`.";
  return undefined;
}
