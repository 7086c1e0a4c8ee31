import { textWidth } from "./text-width.ts";

/** Breaks a text between words into lines that are no wider than this, each indented; a word that is wider stays whole. */
export function wrapText(text: string, width: number, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line === "" || textWidth(indent + longer) <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].map((one) => `${indent}${one}`).join("\n");
}
