import { anyOf, type CharacterSet } from "./character-set.ts";

/** Why a pattern is no regular expression; `offset` counts its characters from 0. */
export class RegexSyntaxError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message}, at offset ${offset}`);
    this.name = "RegexSyntaxError";
    this.offset = offset;
  }
}

/** Flags that change how a pattern is read: case, lines, `.`, and comments. */
export interface RegexFlags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly x: boolean;
}

/** A place in a pattern, with what was found up to it. */
export class RegexReader {
  readonly #pattern: string;
  #offset = 0;
  flags: RegexFlags;
  groupCount = 0;
  readonly groupNames = new Map<string, number>();
  /** Groups that the pattern refers back to. */
  readonly referenced = new Set<number>();
  readonly lineBreaks: CharacterSet = anyOf("\n\u000B\f\r\u0085\u2028\u2029");

  constructor(pattern: string, flags: string) {
    this.#pattern = pattern;
    this.flags = { i: flags.includes("i"), m: flags.includes("m"), s: flags.includes("s"), x: flags.includes("x") };
  }

  isAtEnd(): boolean {
    return this.#offset >= this.#pattern.length;
  }

  isNext(text: string): boolean {
    return this.#pattern.startsWith(text, this.#offset);
  }

  take(text: string): boolean {
    if (!this.isNext(text)) return false;
    this.#offset += text.length;
    return true;
  }

  /** `expression` must be sticky and match only short texts. */
  takeMatch(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#offset;
    const match = expression.exec(this.#pattern) ?? undefined;
    this.#offset += match?.[0].length ?? 0;
    return match;
  }

  /** The next code point. */
  takeCode(): number {
    const code = this.#pattern.codePointAt(this.#offset);
    if (code === undefined) return this.fail("the pattern ends too early");
    this.#offset += code > 0xffff ? 2 : 1;
    return code;
  }

  /** The text of `\Q…\E`; without `\E` it reaches to the end of the pattern. */
  takeQuoted(): string | undefined {
    if (!this.take("\\Q")) return undefined;
    const close = this.#pattern.indexOf("\\E", this.#offset);
    const end = close === -1 ? this.#pattern.length : close;
    const text = this.#pattern.slice(this.#offset, end);
    this.#offset = close === -1 ? end : end + 2;
    return text;
  }

  /** Passes white space and comments, where the flag `x` allows them. */
  skipComments(): void {
    while (this.flags.x && this.takeMatch(/\s+|#[^\n]*/uy) !== undefined);
  }

  openGroup(name?: string): number {
    this.groupCount += 1;
    if (name !== undefined) {
      if (this.groupNames.has(name)) this.fail(`the group "${name}" is defined twice`);
      this.groupNames.set(name, this.groupCount);
    }
    return this.groupCount;
  }

  changeFlags(on: string, off: string): void {
    const unknown = /[^imsuxdU]/u.exec(on + off)?.[0];
    if (unknown !== undefined) this.fail(`there is no flag "${unknown}"`);
    const flagOf = (name: keyof RegexFlags): boolean => on.includes(name) || (this.flags[name] && !off.includes(name));
    this.flags = { i: flagOf("i"), m: flagOf("m"), s: flagOf("s"), x: flagOf("x") };
  }

  fail(message: string): never {
    throw new RegexSyntaxError(message, Math.min(this.#offset, this.#pattern.length));
  }
}
