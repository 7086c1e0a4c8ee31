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
