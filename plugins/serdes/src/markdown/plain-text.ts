import type { Token, Tokens } from "marked";

/** What a reader sees of Markdown: one blank line between blocks, and a line feed at the end unless it is empty. */
export function plainText(tokens: readonly Token[]): string {
  const text = blocks(tokens);
  return text === "" ? "" : `${text}\n`;
}

function blocks(tokens: readonly Token[]): string {
  return tokens
    .map(block)
    .filter((text) => text !== "")
    .join("\n\n");
}

function block(token: Token): string {
  switch (token.type) {
    case "space":
    case "def":
      return "";
    case "hr":
      return "---";
    case "code":
      return (token as Tokens.Code).text;
    case "html":
      return withoutTags((token as Tokens.HTML).text).trim();
    case "blockquote":
      return blocks((token as Tokens.Blockquote).tokens);
    case "list":
      return (token as Tokens.List).items.map((item, index) => listItem(token as Tokens.List, item, index)).join("\n");
    case "table":
      return table(token as Tokens.Table);
    default:
      return inlineOf(token);
  }
}

function listItem({ ordered, start }: Tokens.List, { tokens, checked }: Tokens.ListItem, index: number): string {
  const mark = ordered ? `${(start || 1) + index}. ` : "- ";
  const box = checked === undefined ? "" : checked ? "[x] " : "[ ] ";
  const lines = tokens
    .map(block)
    .filter((text) => text !== "" && text !== box.trim())
    .join("\n");
  return mark + (box + lines).replaceAll("\n", `\n${" ".repeat(mark.length)}`);
}

function table({ header, rows }: Tokens.Table): string {
  return [header, ...rows].map((cells) => cells.map(({ tokens }) => inline(tokens)).join("\t")).join("\n");
}

function inline(tokens: readonly Token[]): string {
  return tokens.map(inlineOf).join("");
}

function inlineOf(token: Token): string {
  if (token.type === "br") return "\n";
  if (token.type === "html") return withoutTags((token as Tokens.HTML).text);
  if (token.type === "image") return unescaped((token as Tokens.Image).text);
  if (token.type === "checkbox") return "";
  if ("tokens" in token && token.tokens !== undefined) return inline(token.tokens);
  return token.type === "codespan"
    ? (token as Tokens.Codespan).text
    : unescaped("text" in token ? String(token.text) : "");
}

/** Tags only: what is between them is text. */
function withoutTags(html: string): string {
  return unescaped(html.replaceAll(/<!--[^]*?-->|<[^>]*>/g, ""));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: " " };

function unescaped(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|#39|nbsp);/g, (_all, name: string) => ENTITIES[name] ?? "");
}
