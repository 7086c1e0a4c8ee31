import { ExpressionError } from "../errors.ts";
import { checkDepth, put } from "../values/maps.ts";
import { narrowed, toFloat } from "../values/numbers.ts";

/** Reads all values of an Ion text. Symbols and timestamps become texts, decimals floats, blobs their base64 text. */
export function readIon(text: string): unknown[] {
  const reader = new IonReader(text);
  const values: unknown[] = [];
  while (!reader.isAtEnd()) {
    const value = reader.value(0);
    if (value !== VERSION_MARKER) values.push(value);
  }
  return values;
}

const VERSION_MARKER = Symbol("ion version marker");
const SPACE = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/uy;
const TIMESTAMP =
  /\d{4}(?:-\d{2}(?:-\d{2})?)?T(?:\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?|\d{4}-\d{2}-\d{2}/uy;
const NUMBER = /-?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eEdD][+-]?\d+)?)|[+-]inf/uy;
const SYMBOL = /[A-Za-z_$][\w$]*(?:\.[a-z]+)?/uy;
const ESCAPES: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\u0007",
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  v: "\v",
  "\n": "",
};

class IonReader {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    this.#match(SPACE);
    return this.#offset >= this.#text.length;
  }

  value(depth: number): unknown {
    checkDepth(depth);
    this.#match(SPACE);
    if (this.#text.startsWith("{{", this.#offset)) return this.#blob();
    if (this.#take("{")) return this.#struct(depth);
    if (this.#take("[")) return this.#sequence("]", ",", depth);
    if (this.#take("(")) return this.#sequence(")", "", depth);
    if (this.#text.startsWith("'''", this.#offset)) return this.#longString();
    if (this.#take('"')) return this.#quoted('"');
    if (this.#take("'")) return this.#annotated(this.#quoted("'"), depth);
    const timestamp = this.#match(TIMESTAMP);
    if (timestamp !== undefined) return timestamp;
    const number = this.#match(NUMBER);
    if (number !== undefined) return numberOf(number);
    const symbol = this.#match(SYMBOL);
    if (symbol === undefined) return this.#fail();
    return this.#annotated(symbol, depth, true);
  }

  // `name::value` is a value with an annotation, which is dropped.
  #annotated(symbol: string, depth: number, isPlain = false): unknown {
    this.#match(SPACE);
    if (this.#take("::")) return this.value(depth + 1);
    if (!isPlain) return symbol;
    if (symbol === "true" || symbol === "false") return symbol === "true";
    if (symbol === "null" || symbol.startsWith("null.")) return null;
    if (symbol === "nan") return Number.NaN;
    return symbol === "$ion_1_0" ? VERSION_MARKER : symbol;
  }

  #struct(depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    while (!this.#takeSpaced("}")) {
      const name = this.#fieldName();
      if (!this.#takeSpaced(":")) this.#fail();
      put(result, name, this.value(depth + 1));
      if (!this.#takeSpaced(",") && this.#text[this.#offset] !== "}") this.#fail();
    }
    return result;
  }

  #fieldName(): string {
    if (this.#text.startsWith("'''", this.#offset)) return this.#longString();
    if (this.#take('"')) return this.#quoted('"');
    if (this.#take("'")) return this.#quoted("'");
    return this.#match(SYMBOL) ?? this.#fail();
  }

  #sequence(close: string, separator: string, depth: number): unknown[] {
    const result: unknown[] = [];
    while (!this.#takeSpaced(close)) {
      result.push(this.value(depth + 1));
      if (separator !== "" && !this.#takeSpaced(separator) && this.#text[this.#offset] !== close) this.#fail();
    }
    return result;
  }

  #quoted(quote: string): string {
    let result = "";
    while (!this.#text.startsWith(quote, this.#offset)) {
      const character = this.#text[this.#offset];
      if (character === undefined) return this.#fail();
      this.#offset += 1;
      result += character === "\\" ? this.#escape() : character;
    }
    this.#offset += quote.length;
    return result;
  }

  #escape(): string {
    const character = this.#text[this.#offset] ?? this.#fail();
    this.#offset += 1;
    const digits = { x: 2, u: 4, U: 8 }[character];
    if (digits === undefined) return Object.hasOwn(ESCAPES, character) ? ESCAPES[character]! : character;
    const code = this.#text.slice(this.#offset, this.#offset + digits);
    if (!/^[\da-fA-F]+$/u.test(code) || Number.parseInt(code, 16) > 0x10ffff) this.#fail();
    this.#offset += digits;
    return String.fromCodePoint(Number.parseInt(code, 16));
  }

  #longString(): string {
    let result = "";
    while (this.#take("'''")) {
      result += this.#quoted("'''");
      this.#match(SPACE);
    }
    return result;
  }

  #blob(): string {
    const end = this.#text.indexOf("}}", this.#offset);
    if (end === -1) return this.#fail();
    const inner = this.#text.slice(this.#offset + 2, end).trim();
    this.#offset = end + 2;
    return inner.startsWith('"') ? inner.slice(1, -1) : inner.replaceAll(/\s/gu, "");
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const found = pattern.exec(this.#text)?.[0];
    this.#offset += found?.length ?? 0;
    return found;
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#offset)) return false;
    this.#offset += text.length;
    return true;
  }

  #takeSpaced(text: string): boolean {
    this.#match(SPACE);
    return this.#take(text);
  }

  #fail(): never {
    const near = this.#text.slice(this.#offset, this.#offset + 20);
    const place = near === "" ? "at its end" : `at offset ${this.#offset}, near "${near}"`;
    throw new ExpressionError("VALUE", `The text is not Ion ${place}`);
  }
}

function numberOf(text: string): unknown {
  const digits = text.replaceAll("_", "");
  if (digits.endsWith("inf")) return digits.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^-?\d+$/u.test(digits)) return narrowed(BigInt(digits));
  if (/^-?0[xXbB]/u.test(digits)) {
    const size = BigInt(digits.replace("-", ""));
    return narrowed(digits.startsWith("-") ? -size : size);
  }
  return toFloat(Number(digits.replace(/[dD]/u, "e")));
}
