import { Refusal } from "../refusal.ts";

export interface Preview {
  readonly extension: string;
  readonly type: "TEXT" | "LIST" | "IMAGE" | "MARKDOWN" | "PDF";
  readonly content: unknown;
  readonly maxLine?: number;
  readonly truncated: boolean;
}

/** Most bytes of a file that are looked at. */
export const PREVIEW_BYTES_MAX = 2 * 1_048_576;

const IMAGES = new Set(["png", "jpg", "jpeg", "gif", "webp", "bmp", "svg", "ico"]);
const LISTS = new Set(["ion", "jsonl", "ndjson", "csv", "tsv"]);

/** What a part of a file shows, read by its extension. `isWhole` tells whether the part is all of it. */
export function previewOf(
  extension: string,
  bytes: Buffer,
  { maxRows, encoding, isWhole }: { readonly maxRows: number; readonly encoding: string; readonly isWhole: boolean },
): Preview {
  if (IMAGES.has(extension))
    return { extension, type: "IMAGE", content: bytes.toString("base64"), truncated: !isWhole };
  if (extension === "pdf") return { extension, type: "PDF", content: bytes.toString("base64"), truncated: !isWhole };
  const text = decode(bytes, encoding);
  const lines = text.split(/\r?\n/);
  // The last line of a part may be cut off.
  if (!isWhole || lines.at(-1) === "") lines.pop();
  if (!LISTS.has(extension)) {
    const shown = lines.slice(0, maxRows);
    const type = extension === "md" || extension === "markdown" ? "MARKDOWN" : "TEXT";
    return {
      extension,
      type,
      content: shown.join("\n"),
      maxLine: maxRows,
      truncated: !isWhole || lines.length > maxRows,
    };
  }
  const rows =
    extension === "csv" || extension === "tsv" ? table(lines, extension === "tsv" ? "\t" : ",") : values(lines);
  return {
    extension,
    type: "LIST",
    content: rows.slice(0, maxRows),
    maxLine: maxRows,
    truncated: !isWhole || rows.length > maxRows,
  };
}

function decode(bytes: Buffer, encoding: string): string {
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    throw new Refusal("encoding-unknown", `There is no preview using encoding '${encoding}'; try UTF-8 or ISO-8859-1`);
  }
}

/** One JSON value a line; a line that is none is shown as its text. */
function values(lines: readonly string[]): readonly unknown[] {
  return lines
    .filter((line) => line.trim() !== "")
    .map((line): unknown => {
      try {
        return JSON.parse(line);
      } catch {
        return line;
      }
    });
}

/** Rows as maps by the names in the first line; a quoted cell may hold the separator. */
function table(lines: readonly string[], separator: string): readonly Record<string, string>[] {
  const [head = [], ...rows] = lines.map((line) => cellsOf(line, separator));
  return rows.map((cells) =>
    Object.fromEntries(cells.map((cell, index) => [head[index] ?? `column ${index + 1}`, cell])),
  );
}

function cellsOf(line: string, separator: string): readonly string[] {
  const cells: string[] = [];
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^${separator}]*))(${separator}|$)`, "y");
  for (let match = cell.exec(line); match !== null; match = cell.exec(line)) {
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === "") break;
  }
  return cells;
}
