import { TaskFailure } from "@capstan/sdk";

/** Elements in one another; each list and quote among them moves its lines to the right. */
export const DEPTH_MAX = 256;

type Attributes = Readonly<Record<string, string>>;

/** An element that is open, with what was made of its content so far. */
interface Frame {
  readonly tag: string;
  readonly attributes: Attributes;
  /** Paragraphs, lists and the like. */
  readonly blocks: Block[];
  /** Text that is not part of a block yet. */
  line: string;
  /** Of a list, its entries; of a table, its rows; of a row, its cells. */
  readonly items: string[];
}

interface Block {
  readonly text: string;
  readonly isList: boolean;
}

export interface MarkdownWriter {
  readonly open: (tag: string, attributes: Attributes) => void;
  readonly text: (text: string) => void;
  readonly close: (tag: string) => void;
  /** What was made of all; ends with a line feed unless it is empty. */
  readonly document: () => string;
}

export interface MarkdownWriterOptions {
  /** Elements that are left out with all that is in them. */
  readonly ignored: ReadonlySet<string>;
  /** Makes relative links complete. */
  readonly baseUri: string | undefined;
}

const NO_TEXT = new Set([
  "head",
  "script",
  "style",
  "template",
  "noscript",
  "iframe",
  "object",
  "svg",
  "select",
  "canvas",
]);
const INLINE = new Set(
  "a abbr b bdi bdo big br button cite code data del dfn em font i img input ins kbd label mark q s samp small span strike strong sub sup time tt u var wbr".split(
    " ",
  ),
);

/** Writes Markdown of the tags and texts of HTML, which come in pairs. Throws `TaskFailure` for elements too deep in one another. */
export function createMarkdownWriter({ ignored, baseUri }: MarkdownWriterOptions): MarkdownWriter {
  const root = frameOf("", {});
  const stack: Frame[] = [root];
  let skipped = 0;
  const isLeftOut = (tag: string) => NO_TEXT.has(tag) || ignored.has(tag);
  const top = () => stack.at(-1) ?? root;
  const isIn = (tag: string) => stack.some((frame) => frame.tag === tag);
  return {
    open(tag, attributes) {
      if (skipped > 0 || isLeftOut(tag)) {
        skipped += 1;
        return;
      }
      if (stack.length > DEPTH_MAX)
        throw new TaskFailure(`The HTML has more than ${DEPTH_MAX} elements in one another.`);
      if (!INLINE.has(tag)) flush(top());
      stack.push(frameOf(tag, attributes));
    },
    text(text) {
      if (skipped > 0) return;
      const frame = top();
      frame.line += isIn("pre") ? text : escaped(text.replaceAll(/\s+/g, " "), isIn("code"));
    },
    close(tag) {
      if (skipped > 0) {
        skipped -= 1;
        return;
      }
      const frame = stack.pop();
      if (frame === undefined || frame.tag !== tag) throw new TypeError(`the element ${tag} was not open`);
      finish(frame, top(), { baseUri, isInPre: isIn("pre") });
    },
    document() {
      flush(root);
      const text = joined(root.blocks);
      return text === "" ? "" : `${text}\n`;
    },
  };
}

function frameOf(tag: string, attributes: Attributes): Frame {
  return { tag, attributes, blocks: [], line: "", items: [] };
}

/** What was text alone becomes a paragraph. */
function flush(frame: Frame): void {
  const text = frame.line
    .replaceAll(/ {2,}/g, " ")
    .replaceAll(/ *\n */g, "\n")
    .trim();
  if (text !== "") frame.blocks.push({ text: lineStartsEscaped(text), isList: false });
  frame.line = "";
}

function joined(blocks: readonly Block[]): string {
  return blocks.reduce(
    (text, block, index) => text + (index === 0 ? "" : block.isList ? "\n" : "\n\n") + block.text,
    "",
  );
}

/** Puts what was made of an element where it belongs: into the line, the blocks or the items of its parent. */
function finish(
  frame: Frame,
  parent: Frame,
  place: { readonly baseUri: string | undefined; readonly isInPre: boolean },
): void {
  if (INLINE.has(frame.tag)) {
    const content =
      frame.blocks.length === 0 ? frame.line : joined([...frame.blocks, { text: frame.line.trim(), isList: false }]);
    parent.line += place.isInPre ? content : inline(frame, content, place.baseUri);
    return;
  }
  if (frame.tag === "pre") parent.blocks.push(block(codeBlock(frame.line)));
  else {
    flush(frame);
    const list = listOf(frame);
    if (list !== undefined) parent.blocks.push(list);
    else if (frame.tag === "li" || frame.tag === "td" || frame.tag === "th" || frame.tag === "tr")
      parent.items.push(itemOf(frame));
    else if (TABLE_PARTS.has(frame.tag)) parent.items.push(...frame.items);
    else parent.blocks.push(...blocksOf(frame));
  }
}

const TABLE_PARTS = new Set(["thead", "tbody", "tfoot"]);

function blocksOf(frame: Frame): readonly Block[] {
  const heading = /^h([1-6])$/.exec(frame.tag)?.[1];
  const content = joined(frame.blocks);
  if (frame.tag === "hr") return [block("---")];
  if (content === "") return [];
  if (heading !== undefined) return [block(`${"#".repeat(Number(heading))} ${content.replaceAll(/\s+/g, " ")}`)];
  if (frame.tag === "blockquote") return [block(content.replaceAll(/^/gm, "> ").replaceAll(/^> $/gm, ">"))];
  return frame.blocks;
}

function itemOf(frame: Frame): string {
  if (frame.tag === "tr") return `| ${frame.items.join(" | ")} |`;
  const content = joined(frame.blocks);
  return frame.tag === "li" ? content : content.replaceAll(/\s*\n\s*/g, " ").replaceAll("|", "\\|");
}

/** Undefined for what is no list and no table. */
function listOf({ tag, items, attributes, blocks }: Frame): Block | undefined {
  if (tag !== "ul" && tag !== "ol" && tag !== "menu" && tag !== "table") return undefined;
  if (tag === "table") {
    const [head = "", ...rows] = items;
    const line = `|${" --- |".repeat(head === "" ? 0 : head.split(/(?<!\\)\|/).length - 2)}`;
    return block(
      [joined(blocks), head, ...(head === "" ? [] : [line]), ...rows].filter((row) => row !== "").join("\n"),
    );
  }
  const start = Number.parseInt(attributes["start"] ?? "1", 10) || 1;
  const entries = items.map((item, index) => {
    const mark = tag === "ol" ? `${start + index}. ` : "- ";
    return mark + item.replaceAll(/\n(?!\n)/g, `\n${" ".repeat(mark.length)}`);
  });
  return { text: entries.join("\n"), isList: true };
}

function block(text: string): Block {
  return { text, isList: false };
}

function codeBlock(code: string): string {
  const longest = Math.max(2, ...Array.from(code.matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${code.replace(/^\n/, "").replace(/\n+$/, "")}\n${fence}`;
}

const MARKS: Readonly<Record<string, string>> = {
  b: "**",
  strong: "**",
  i: "*",
  em: "*",
  s: "~~",
  del: "~~",
  strike: "~~",
};

function inline({ tag, attributes }: Frame, content: string, baseUri: string | undefined): string {
  if (tag === "br") return "\n";
  if (tag === "img") return imageOf(attributes, baseUri);
  if (content.trim() === "") return content;
  if (tag === "code" || tag === "kbd" || tag === "samp" || tag === "tt")
    return tag === "code" ? codeSpan(content) : content;
  const [, before = "", inner = "", after = ""] = /^(\s*)([^]*?)(\s*)$/.exec(content) ?? [];
  if (tag === "a") return `${before}${linkOf(inner, attributes["href"], baseUri)}${after}`;
  const mark = MARKS[tag] ?? "";
  return `${before}${mark}${inner}${mark}${after}`;
}

function codeSpan(code: string): string {
  const longest = Math.max(0, ...Array.from(code.matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  const gap = code.startsWith("`") || code.endsWith("`") ? " " : "";
  return `${fence}${gap}${code}${gap}${fence}`;
}

function linkOf(text: string, href: string | undefined, baseUri: string | undefined): string {
  return href === undefined || href === "" ? text : `[${text}](${addressOf(href, baseUri)})`;
}

function imageOf({ alt = "", src = "" }: Attributes, baseUri: string | undefined): string {
  return src === "" ? "" : `![${escaped(alt, false)}](${addressOf(src, baseUri)})`;
}

/** What would end a link early is encoded. */
function addressOf(written: string, baseUri: string | undefined): string {
  const trimmed = written.trim();
  const address = baseUri !== undefined && URL.canParse(trimmed, baseUri) ? new URL(trimmed, baseUri).href : trimmed;
  return address.replaceAll(
    /[\s()<>]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** Characters that would be marks. */
function escaped(text: string, isCode: boolean): string {
  return isCode ? text : text.replaceAll(/[\\`*_[\]<]/g, String.raw`\$&`);
}

/** What would make a heading, a quote or a list of a paragraph. */
function lineStartsEscaped(text: string): string {
  return text.replaceAll(
    /^(?:([#>+-])(?=\s|$)|(\d+)([.)])(?=\s|$))/gm,
    (_all, mark: string | undefined, number = "", dot = "") =>
      mark === undefined ? `${number as string}\\${dot as string}` : `\\${mark}`,
  );
}
