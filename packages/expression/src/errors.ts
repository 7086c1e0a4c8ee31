/** Permanent codes of this package: `title` names the kind of error, `hint` what to do about it. */
export const EXPRESSION_ERRORS = {
  SYNTAX: {
    title: "The expression can't be read",
    hint: "Check the brackets, quotes and tag names near the position.",
  },
  UNDEFINED: {
    title: "A variable or key is not defined",
    hint: "Check the spelling, or give a fallback: `{{ x ?? 'fallback' }}`.",
  },
  UNKNOWN_FILTER: { title: "There is no such filter", hint: "Check the spelling of the name behind `|`." },
  UNKNOWN_FUNCTION: { title: "There is no such function", hint: "Check the spelling of the name before `(`." },
  UNKNOWN_TEST: { title: "There is no such test", hint: "Check the spelling of the name behind `is`." },
  ARGUMENT: { title: "An argument is missing, unknown or unsuitable", hint: "Compare the call with its reference." },
  TYPE: { title: "A value is of the wrong type", hint: "Convert it first, or test it with `is`." },
  VALUE: { title: "A value can't be converted", hint: "Look at the value that the message names." },
  LIMIT: {
    title: "A limit of the language is reached",
    hint: "Do less in one expression, or move the work into a task.",
  },
  ASYNCHRONOUS: {
    title: "A function has to wait where nothing can wait",
    hint: "Evaluate through `settle`, which awaits such functions.",
  },
  FUNCTION: {
    title: "A function of the platform failed",
    hint: "Look at what the message names: a key, a secret, a file or an address.",
  },
  JQ: { title: "A jq program failed", hint: "Try the program on the value that the message names." },
} as const satisfies Record<string, { title: string; hint: string }>;

export type ExpressionErrorCode = keyof typeof EXPRESSION_ERRORS;

/** A mistake in an expression or in the data it works on. Positions are counted as in `positionAt`. */
export class ExpressionError extends Error {
  readonly code: ExpressionErrorCode;
  /** What to do about it. */
  hint: string;
  /** Source of the template, once known. */
  source?: string;
  /** Character offset in the source, from 0. */
  offset?: number;
  /** Line in the source, from 1. */
  line?: number;
  /** Column in the line, from 1. */
  column?: number;

  constructor(code: ExpressionErrorCode, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ExpressionError";
    this.code = code;
    this.hint = options.hint ?? EXPRESSION_ERRORS[code].hint;
  }
}

/** Thrown by `compile`: the source is no template. */
export class ExpressionSyntaxError extends ExpressionError {
  override readonly offset: number;
  override readonly line: number;
  override readonly column: number;

  constructor(source: string, message: string, offset: number, hint?: string) {
    const position = positionAt(source, offset);
    const place = `line ${position.line}, column ${position.column}: \`${excerptAt(source, offset)}\``;
    super("SYNTAX", `${message} (${place})`, hint === undefined ? {} : { hint });
    this.name = "ExpressionSyntaxError";
    this.source = source;
    this.offset = offset;
    this.line = position.line;
    this.column = position.column;
  }
}

/** A variable, key or index that isn't there: what `??`, `default` and `is defined` forgive. */
export class UndefinedError extends ExpressionError {
  constructor(name: string, source: string, offset: number, hint?: string) {
    const { line } = positionAt(source, offset);
    super(
      "UNDEFINED",
      `Unable to find \`${name}\` used in the expression \`${source}\` at line ${line}`,
      hint === undefined ? {} : { hint },
    );
    this.name = "UndefinedError";
    locate(this, source, offset);
  }
}

/** Adds the position to an error that doesn't know one yet; everything else stays as it is. */
export function locate(error: unknown, source: string, offset: number): unknown {
  if (error instanceof ExpressionError && error.offset === undefined) {
    const { line, column } = positionAt(source, offset);
    Object.assign(error, { source, offset, line, column });
  }
  return error;
}

/** Characters of a line that a message shows before the mistake, and behind it. */
const EXCERPT_BEFORE = 40;
const EXCERPT_BEHIND = 60;

/** What stands around an offset in its line. */
function excerptAt(source: string, offset: number): string {
  const start = source.lastIndexOf("\n", offset - 1) + 1;
  const next = source.indexOf("\n", offset);
  const end = next === -1 ? source.length : next;
  const from = Math.max(start, offset - EXCERPT_BEFORE);
  const to = Math.min(end, offset + EXCERPT_BEHIND);
  return `${from > start ? "…" : ""}${source.slice(from, to).trim().toWellFormed()}${to < end ? "…" : ""}`;
}

/** Line and column, both from 1, of a character offset. */
export function positionAt(source: string, offset: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (let next = source.indexOf("\n"); next !== -1 && next < offset; next = source.indexOf("\n", next + 1)) {
    line += 1;
    lineStart = next + 1;
  }
  return { line, column: offset - lineStart + 1 };
}
