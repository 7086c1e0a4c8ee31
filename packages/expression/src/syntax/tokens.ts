/** A piece of an expression. `end` is the offset behind its last character. */
export type Token = { readonly offset: number; readonly end: number } & (
  | { readonly kind: "name"; readonly text: string }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "number"; readonly value: unknown; readonly text: string }
  /** `"a #{b} c"`: texts and the tokens of the expressions between them. */
  | { readonly kind: "interpolation"; readonly parts: readonly (string | readonly Token[])[]; readonly text: string }
  | { readonly kind: "symbol"; readonly text: string }
  | { readonly kind: "end"; readonly text: "" }
);

/** A mistake found while reading a source. */
export interface Problem {
  readonly message: string;
  readonly offset: number;
  readonly length: number;
  readonly hint?: string;
}

/** Ends the reading of one expression or tag; the reader records the problem and goes on behind it. */
export class SyntaxAbort extends Error {
  readonly problem: Problem;

  constructor(message: string, offset: number, length: number, hint?: string) {
    super(message);
    this.problem = { message, offset, length: Math.max(length, 1), ...(hint === undefined ? {} : { hint }) };
  }
}

export function abortAt(token: Pick<Token, "offset" | "end">, message: string, hint?: string): never {
  throw new SyntaxAbort(message, token.offset, token.end - token.offset, hint);
}
