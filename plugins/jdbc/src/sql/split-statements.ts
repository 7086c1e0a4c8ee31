import { type Dialect, type Token, tokenize } from "./tokenize.ts";

/**
 * The statements of a script, without the semicolons between them; those of comments alone are left out. The body of a procedure, a
 * function or a trigger (`BEGIN … END`) stays in one piece; in batches, so does all that has variables or a flow of its own, up to the next `GO`.
 */
export function splitStatements(script: string, dialect: Dialect): readonly string[] {
  const statements: string[] = [];
  let statement: Token[] = [];
  const end = (): void => {
    if (statement.some(isCode)) statements.push(textOf(statement).trim());
    statement = [];
  };
  const body = bodyDepth(dialect);
  const tokens = tokenize(script, dialect);
  for (const [index, token] of tokens.entries()) {
    const endsBatch = dialect.batches === true && isGo(tokens, index);
    if (endsBatch || (token.text === ";" && body.depth() === 0)) {
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
/** What is ended with a word of its own, and opened without `BEGIN` or `CASE`. */
const CLOSED_BY_NAME: ReadonlySet<string> = new Set(["IF", "LOOP", "WHILE", "REPEAT", "FOR"]);

/** In batches, what these begin goes on to the end: variables last as long, and blocks are closed in many ways. */
const OPENS_BATCH: ReadonlySet<string> = new Set(["DECLARE", "BEGIN", "IF", "WHILE"]);

/** Behind a BEGIN that opens no block. */
const TRANSACTION: ReadonlySet<string> = new Set(["TRAN", "TRANSACTION", "DISTRIBUTED"]);

/** Whether a token is the `GO` of a line of its own. */
function isGo(tokens: readonly Token[], index: number): boolean {
  const { kind, text } = tokens[index]!;
  if (kind !== "word" || text.toUpperCase() !== "GO") return false;
  const isLineEnd = (token: Token | undefined) =>
    token === undefined || (token.kind === "space" && token.text.includes("\n"));
  return isLineEnd(tokens[index - 1]) && isLineEnd(tokens[index + 1]);
}

/** Counts how many bodies are open, in statements that make a routine. */
function bodyDepth({ batches = false }: Dialect) {
  let first: string | undefined;
  let hasBody: boolean | undefined;
  let before: string | undefined;
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
  const seeInBatch = (word: string): void => {
    if (first === undefined && OPENS_BATCH.has(word)) depth = Infinity;
    else if (first === "BEGIN" && before === "BEGIN" && TRANSACTION.has(word)) depth = 0;
    else if (hasBody === true) depth = Infinity;
    before = word;
  };
  return {
    depth: () => depth,
    restart: () => {
      first = undefined;
      hasBody = undefined;
      before = undefined;
      isAfterEnd = false;
      depth = 0;
    },
    see: ({ kind, text }: Token) => {
      const word = kind === "word" ? text.toUpperCase() : "";
      if (batches) seeInBatch(word);
      first ??= word;
      if (first === "DO") hasBody ??= true;
      if (!batches && hasBody === true) seeInBody(word);
      else if (first === "CREATE" || (batches && first === "ALTER")) hasBody ??= HAS_BODY.get(word);
    },
  };
}
