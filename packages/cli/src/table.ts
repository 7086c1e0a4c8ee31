import { styleText } from "node:util";

/** Rows in columns as wide as their widest cell, under a dimmed heading. */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const title = styleText("dim", line(heading), { stream: process.stdout });
  return [title, ...rows.map(line)].map((text) => `${text}\n`).join("");
}
