/** A page of the documentation that nobody edits by hand. */
export interface GeneratedPage {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Says at the top of a page where it comes from. */
export function generatedPage(path: string, source: string, parts: readonly string[]): GeneratedPage {
  const [title = "", ...rest] = parts;
  const note = `<!-- Generated from ${source}; "npm run generated -- --write" renews it. -->`;
  return { path, text: `${[title, note, ...rest].join("\n\n")}\n` };
}

/** The cells of a line of a table. */
export type Row = readonly string[];

/** A table in Markdown, with columns as wide as their widest cell, as the formatter wants it. */
export function table(head: Row, rows: readonly Row[]): string {
  const all = [head, ...rows].map((row) => row.map(escaped));
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: Row) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const [titles, ...others] = all;
  return [line(titles!), line(widths.map((width) => "-".repeat(width))), ...others.map(line)].join("\n");
}

/** A bar or a line's end would end the cell. */
function escaped(text: string): string {
  return text.replaceAll("|", String.raw`\|`).replaceAll("\n", " ");
}
