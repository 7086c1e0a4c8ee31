import { styleText } from "node:util";
import { padToWidth, textWidth } from "./text-width.ts";

/** Rows in columns as wide as their widest cell, under a dimmed heading. */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => textWidth(row[column] ?? ""))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => padToWidth(cell, widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const title = styleText("dim", line(heading), { stream: process.stdout });
  return [title, ...rows.map(line)].map((text) => `${text}\n`).join("");
}

/** Says on stderr that a table is not all there is. */
export function tellRest(shown: number, total: number): void {
  if (total > shown) process.stderr.write(`${shown} of ${total} are shown\n`);
}
