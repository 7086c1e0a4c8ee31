/** How a database writes what must not be taken for SQL itself. */
export interface Dialect {
  /** A backslash takes the next character of a text with it; otherwise only in texts like `E'…'`. */
  readonly backslashes: boolean;
  /** Quotes around names, beside double ones. */
  readonly backticks: boolean;
  readonly brackets: boolean;
  /** `$$…$$` and `$tag$…$tag$`. */
  readonly dollarQuotes: boolean;
  /** `# …`, and `--` only with a space behind it. */
  readonly hashComments: boolean;
  /** `// …`. */
  readonly slashComments?: boolean;
  readonly nestedComments: boolean;
  /** Whether scripts are of batches, with `GO` between them, whose variables last to their end. */
  readonly batches?: boolean;
}

export type TokenKind = "space" | "comment" | "quoted" | "word" | "number" | "parameter" | "symbol";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it begins in the source. */
  readonly start: number;
}

const SPACE = /\s+/uy;
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const NUMBER = /\d[\p{L}\p{N}_.]*/uy;
const PARAMETER = /:[\p{L}_][\p{L}\p{N}_]*/uy;
const DOLLAR_TAG = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const LINE_COMMENT = /--[^\n]*/uy;
const SLASH_COMMENT = /\/\/[^\n]*/uy;
const SPACED_LINE_COMMENT = /(?:--(?=\s|$)|#)[^\n]*/uy;
const SYMBOL = /::|:=|\?\?|./suy;

/** Cuts SQL into tokens, which together are the whole of it. What never ends (a quote, a comment) ends with the source. */
export function tokenize(source: string, dialect: Dialect): readonly Token[] {
  const tokens: Token[] = [];
  let start = 0;
  while (start < source.length) {
    const before = tokens.at(-1);
    const [kind, end] = next(source, start, before, dialect);
    tokens.push({ kind, text: source.slice(start, end), start });
    start = end;
  }
  return tokens;
}

function next(source: string, start: number, before: Token | undefined, dialect: Dialect): [TokenKind, number] {
  const character = source[start]!;
  const matched = (pattern: RegExp): number | undefined => {
    pattern.lastIndex = start;
    return pattern.test(source) ? pattern.lastIndex : undefined;
  };
  const space = matched(SPACE);
  if (space !== undefined) return ["space", space];
  const comment = matched(dialect.hashComments ? SPACED_LINE_COMMENT : LINE_COMMENT);
  if (comment !== undefined) return ["comment", comment];
  const slashes = dialect.slashComments === true ? matched(SLASH_COMMENT) : undefined;
  if (slashes !== undefined) return ["comment", slashes];
  if (source.startsWith("/*", start)) {
    // What MySQL runs in spite of the comment around it is a part of the statement.
    const kind = dialect.hashComments && source[start + 2] === "!" ? "quoted" : "comment";
    return [kind, endOfComment(source, start, dialect.nestedComments)];
  }
  const quoted = endOfQuoted(source, start, before, dialect);
  if (quoted !== undefined) return ["quoted", quoted];
  const word = matched(WORD);
  if (word !== undefined) return ["word", word];
  const number = matched(NUMBER);
  if (number !== undefined) return ["number", number];
  const parameter = character === ":" && !isOperand(before) ? matched(PARAMETER) : undefined;
  if (parameter !== undefined) return ["parameter", parameter];
  return ["symbol", matched(SYMBOL)!];
}

/** Right behind a value, a colon is the bound of a slice: `a[1:n]`. */
function isOperand(token: Token | undefined): boolean {
  return token !== undefined && ["word", "number", "quoted"].includes(token.kind);
}

function endOfQuoted(source: string, start: number, before: Token | undefined, dialect: Dialect): number | undefined {
  switch (source[start]) {
    case "'":
      return endOfQuote(source, start, "'", dialect.backslashes || isEscapePrefix(before));
    case '"':
      return endOfQuote(source, start, '"', dialect.backslashes);
    case "`":
      return dialect.backticks ? endOfQuote(source, start, "`", false) : undefined;
    case "[":
      return dialect.brackets ? endOfQuote(source, start, "]", false) : undefined;
    case "$":
      return dialect.dollarQuotes ? endOfDollarQuote(source, start) : undefined;
    default:
      return undefined;
  }
}

function isEscapePrefix(token: Token | undefined): boolean {
  return token?.text.toUpperCase() === "E";
}

/** A quote that is written twice is one of the text. */
function endOfQuote(source: string, start: number, quote: string, backslashes: boolean): number {
  for (let at = start + 1; at < source.length; at += 1) {
    if (backslashes && source[at] === "\\") at += 1;
    else if (source[at] === quote) {
      if (source[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  return source.length;
}

function endOfDollarQuote(source: string, start: number): number | undefined {
  DOLLAR_TAG.lastIndex = start;
  const tag = DOLLAR_TAG.exec(source)?.[0];
  if (tag === undefined) return undefined;
  const end = source.indexOf(tag, start + tag.length);
  return end === -1 ? source.length : end + tag.length;
}

function endOfComment(source: string, start: number, nested: boolean): number {
  let depth = 1;
  for (let at = start + 2; at < source.length; at += 1) {
    if (source.startsWith("*/", at)) {
      depth -= 1;
      at += 1;
      if (depth === 0) return at + 1;
    } else if (nested && source.startsWith("/*", at)) {
      depth += 1;
      at += 1;
    }
  }
  return source.length;
}
