import { TaskFailure } from "@capstan/sdk";

/** What is looked at to tell a text from something else, in bytes. */
const LOOKED_AT = 8_192;

/** The text of a document: a text, a web page, or a PDF file. Throws `TaskFailure` for anything else. */
export async function documentText(name: string, bytes: Buffer, contentType = ""): Promise<string> {
  if (bytes.subarray(0, 5).toString("latin1") === "%PDF-") return pdfText(name, bytes);
  if (bytes.subarray(0, LOOKED_AT).includes(0))
    throw new TaskFailure(`${name} is neither a text nor a PDF file: extract its text first.`);
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  const isPage =
    /\bx?html\b/i.test(contentType) || /^\s*<(?:!doctype html|html)\b/i.test(text) || /\.html?$/i.test(name);
  return isPage ? pageText(text) : text;
}

async function pdfText(name: string, bytes: Buffer): Promise<string> {
  const { getDocument } = await import("unpdf/pdfjs");
  // Nothing of a file is run, and nothing is fetched for it.
  const loading = getDocument({
    data: Uint8Array.from(bytes),
    verbosity: 0,
    useSystemFonts: true,
  });
  try {
    const document = await loading.promise;
    const pages: string[] = [];
    for (let number = 1; number <= document.numPages; number += 1) {
      const page = await document.getPage(number);
      const { items } = await page.getTextContent();
      pages.push(items.map((item) => ("str" in item ? item.str + (item.hasEOL ? "\n" : "") : "")).join(""));
      page.cleanup();
    }
    return pages.join("\n\n");
  } catch (error) {
    throw new TaskFailure(`${name} is a PDF file that can't be read: ${(error as Error).message}`, { cause: error });
  } finally {
    await loading.destroy();
  }
}

const UNSEEN = /<!--.*?-->|<(script|style|noscript|template|svg)\b.*?<\/\1\s*>/gis;
const BLOCK_ENDS =
  /<\/?(?:p|div|section|article|header|footer|main|nav|aside|h[1-6]|ul|ol|table|blockquote|pre|hr)\b[^>]*>/gi;
const LINE_ENDS = /<(?:br|\/?li|\/?tr|\/?dt|\/?dd)\b[^>]*>/gi;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** What a reader sees of a page, in paragraphs. */
function pageText(html: string): string {
  return html
    .replaceAll(UNSEEN, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(BLOCK_ENDS, "\n\n")
    .replaceAll(LINE_ENDS, "\n")
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w+));/gi, decoded)
    .replaceAll(/[ \t]*\n[ \t]*/g, "\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
}

function decoded(entity: string, hexadecimal?: string, decimal?: string, name = ""): string {
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  if (Number.isNaN(code)) return ENTITIES[name.toLowerCase()] ?? entity;
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : entity;
}
