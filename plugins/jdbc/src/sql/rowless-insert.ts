import { TaskFailure } from "@capstan/sdk";
import { type Dialect, type Token, tokenize } from "./tokenize.ts";

/** An INSERT whose rows are sent behind it. */
export interface RowlessInsert {
  /** The statement without its values, and without a semicolon. */
  readonly head: string;
  /** How many values a row has; undefined where the statement doesn't tell. */
  readonly width: number | undefined;
}

/**
 * What stays of `INSERT INTO orders (id, state) VALUES (?, ?)` when its rows are sent behind it; `INSERT INTO orders SELECT … FROM input('…')`
 * stays as it is. Throws `TaskFailure` for an INSERT that makes anything else of its values.
 */
export function rowlessInsert(sql: string, dialect: Dialect): RowlessInsert {
  const tokens = tokenize(sql, dialect);
  const code = tokens.filter(({ kind }) => kind !== "space" && kind !== "comment");
  while (code.at(-1)?.text === ";") code.pop();
  const isWord = (word: string) => (token: Token) => token.kind === "word" && token.text.toUpperCase() === word;
  if (code[0] === undefined || !isWord("INSERT")(code[0])) throw refusal("it begins with no INSERT");
  const last = code.at(-1)!;
  const upTo = (end: number) => sql.slice(0, end).trim();
  const at = code.findLastIndex(isWord("VALUES"));
  if (at === -1) {
    if (!code.some(isWord("INPUT"))) throw refusal("it has neither VALUES nor a SELECT from `input('…')`");
    return { head: upTo(last.start + last.text.length), width: undefined };
  }
  const values = code.slice(at + 1).map(({ text }) => text);
  const width = values.filter((text) => text === "?").length;
  const wanted = `(${Array.from({ length: width }, () => "?").join(",")})`;
  if (width === 0 || values.join("") !== wanted) throw refusal("behind VALUES there is more than (?, ?, …)");
  return { head: upTo(code[at]!.start), width };
}

function refusal(reason: string): TaskFailure {
  return new TaskFailure(
    `\`sql\` can't take the rows of a file: ${reason}. Write INSERT INTO orders (id, state) VALUES (?, ?), or INSERT INTO orders SELECT … FROM input('id UInt32, state String').`,
  );
}
