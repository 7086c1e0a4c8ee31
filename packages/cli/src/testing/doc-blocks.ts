import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./run-command.ts";

/** What a page shows between fences. */
export interface Block {
  readonly page: string;
  readonly language: string;
  /** Words behind the language: `norun`, or `ends=FAILED`. */
  readonly marks: readonly string[];
  readonly text: string;
}

/** The blocks of a page, named by its path from the root of the repository. */
export async function blocksOf(page: string): Promise<readonly Block[]> {
  const text = await readFile(join(ROOT, page), "utf8");
  const blocks = text.matchAll(/^```(\w+)([^\n]*)\n(.*?)^```$/gms);
  return Array.from(blocks, ([, language = "", marks = "", body = ""]) => ({
    page,
    language,
    marks: marks.trim().split(/\s+/),
    text: body,
  }));
}
