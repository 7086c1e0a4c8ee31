import { stripVTControlCharacters } from "node:util";

/** East Asian wide and full-width characters, first and last of each block. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x20000, 0x3fffd],
];
const PLAIN = /^[\u0020-\u007E]*$/;

/** How many columns a terminal gives a text; colours count nothing. */
export function textWidth(text: string): number {
  const shown = stripVTControlCharacters(text);
  if (PLAIN.test(shown)) return shown.length;
  let width = 0;
  for (const { segment } of graphemes(shown)) width += graphemeWidth(segment);
  return width;
}

/** The start of an uncoloured text that fits the columns, with `…` where something was cut off. */
export function cutToWidth(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = "";
  let width = 1;
  for (const { segment } of graphemes(text)) {
    width += graphemeWidth(segment);
    if (width > columns) break;
    kept += segment;
  }
  return columns < 1 ? "" : `${kept}…`;
}

/** Fills a text, coloured or not, with spaces up to the columns. */
export function padToWidth(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - textWidth(text)));
}

/** A text in which nothing can move the cursor: escape sequences and control characters go, line breaks and tabs stay. */
export function withoutControls(text: string): string {
  if (PLAIN.test(text)) return text;
  return (
    stripVTControlCharacters(text)
      .replaceAll(/\r\n?/g, "\n")
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, "\uFFFD")
  );
}

/** Made when a text asks for it: most are plain, and the first one takes milliseconds. */
function graphemes(text: string): Iterable<Intl.SegmentData> {
  return new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text);
}

function graphemeWidth(grapheme: string): number {
  const point = grapheme.codePointAt(0) ?? 0;
  if (/^[\p{Mark}\p{Cf}\p{Cc}]/u.test(grapheme)) return 0;
  if (/^\p{Emoji_Presentation}/u.test(grapheme) || grapheme.includes("\uFE0F")) return 2;
  return WIDE.some(([first, last]) => point >= first && point <= last) ? 2 : 1;
}
