import { type Dialect, type Token, tokenize } from "./tokenize.ts";

/**
 * The statements of a script, without the semicolons between them; those of comments alone are left out. The body of a procedure, a
 * function or a trigger (`BEGIN … END`) stays in one piece.
 */
export function splitStatements(script: string, dialect: Dialect): readonly string[] {
  const statements: string[] = [];
  let statement: Token[] = [];
  const end = (): void => {
    if (statement.some(isCode)) statements.push(textOf(statement).trim());
    statement = [];
  };
  const body = bodyDepth();
  for (const token of tokenize(script, dialect)) {
    if (token.text === ";" && body.depth() === 0) {
      end();
      body.restart();
      continue;
    }
    statement.push(token);
    if (isCode(token)) body.see(token);
  }
  end();
  return statements;
}

function isCode({ kind }: Token): boolean {
  return kind !== "space" && kind !== "comment";
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map(({ text }) => text).join("");
}

/** What `CREATE` makes: the first of these words says which, and whether it has a body. */
const HAS_BODY: ReadonlyMap<string, boolean> = new Map([
  ...["PROCEDURE", "FUNCTION", "TRIGGER", "EVENT"].map((word) => [word, true] as const),
  ...["TABLE", "VIEW", "INDEX", "SCHEMA", "DATABASE", "TYPE", "SEQUENCE"].map((word) => [word, false] as const),
]);
/** What MySQL ends with a word of its own, and opens without `BEGIN` or `CASE`. */
const CLOSED_BY_NAME: ReadonlySet<string> = new Set(["IF", "LOOP", "WHILE", "REPEAT"]);

/** Counts how many bodies are open, in statements that make a routine. */
function bodyDepth() {
  let first: string | undefined;
  let hasBody: boolean | undefined;
  let isAfterEnd = false;
  let depth = 0;
  const seeInBody = (word: string): void => {
    const namesWhatEnded = isAfterEnd && CLOSED_BY_NAME.has(word);
    const belongsToEnd = isAfterEnd && word === "CASE";
    isAfterEnd = word === "END";
    if (namesWhatEnded) depth += 1;
    else if (isAfterEnd) depth = Math.max(0, depth - 1);
    else if ((word === "BEGIN" || word === "CASE") && !belongsToEnd) depth += 1;
  };
  return {
    depth: () => depth,
    restart: () => {
      first = undefined;
      hasBody = undefined;
      isAfterEnd = false;
      depth = 0;
    },
    see: ({ kind, text }: Token) => {
      const word = kind === "word" ? text.toUpperCase() : "";
      first ??= word;
      if (hasBody === true) seeInBody(word);
      else if (first === "CREATE") hasBody ??= HAS_BODY.get(word);
    },
  };
}
