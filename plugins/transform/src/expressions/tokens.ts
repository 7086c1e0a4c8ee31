import { TaskFailure } from "@capstan/sdk";

/** Characters of one expression. */
export const EXPRESSION_CHARACTERS_MAX = 10_000;

export interface Token {
  readonly kind: "name" | "number" | "text" | "sign" | "end";
  /** As written; of a text its value. */
  readonly text: string;
}

const TOKEN =
  /(?<space>\s+)|(?<name>[\p{L}_][\p{L}\p{Nd}_]*|\$\d+)|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<text>"(?:[^"\\]|\\.)*")|(?<sign>&&|\|\||==|!=|>=|<=|[()[\],.+\-*/<>!=])/suy;
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", "/": "/", n: "\n", r: "\r", t: "\t" };

/** Takes an expression apart. Throws `TaskFailure` that shows where it can't be read. */
export function tokensOf(expression: string): readonly Token[] {
  if (expression.length > EXPRESSION_CHARACTERS_MAX)
    throw new TaskFailure(`An expression may have ${EXPRESSION_CHARACTERS_MAX} characters, not ${expression.length}.`);
  const tokens: Token[] = [];
  for (let place = 0; place < expression.length;) {
    TOKEN.lastIndex = place;
    const { space, name, number, text, sign } = TOKEN.exec(expression)?.groups ?? {};
    const found = space ?? name ?? number ?? text ?? sign;
    if (found === undefined) throw unreadable(expression, place);
    if (name !== undefined) tokens.push({ kind: "name", text: name });
    if (number !== undefined) tokens.push({ kind: "number", text: number });
    if (sign !== undefined) tokens.push({ kind: "sign", text: sign === "=" ? "==" : sign });
    if (text !== undefined) tokens.push({ kind: "text", text: unescaped(text, expression) });
    place += found.length;
  }
  return [...tokens, { kind: "end", text: "" }];
}

function unreadable(expression: string, place: number): TaskFailure {
  const character = String.fromCodePoint(expression.codePointAt(place)!);
  const reason =
    character === '"'
      ? "a text that begins with a quote has no other one at its end"
      : character === "'"
        ? "texts stand in double quotes"
        : `${JSON.stringify(character)} means nothing here`;
  return new TaskFailure(`The expression ${expression} can't be read at character ${place + 1}: ${reason}.`);
}

function unescaped(quoted: string, expression: string): string {
  return quoted.slice(1, -1).replaceAll(/\\(.)/gsu, (written, character: string) => {
    const meant = ESCAPES[character];
    if (meant === undefined)
      throw new TaskFailure(
        `The expression ${expression} can't be read: ${written} is no escape; \\" \\\\ \\/ \\n \\r \\t are.`,
      );
    return meant;
  });
}
