import { dynamic, listOrText, placeInside, type TaskContext, TaskFailure, text, textMap } from "@capstan/sdk";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { compileGrok, type Grok } from "./compile-grok.ts";

/** Bytes of one file of patterns. */
export const PATTERN_FILE_BYTES_MAX = 1_048_576;

export const grokProperties = () => ({
  pattern: text()
    .optional()
    .describe(
      "The pattern, such as `%{TIMESTAMP_ISO8601:time} %{LOGLEVEL:level} %{GREEDYDATA:message}`. `%{INT:bytes:int}` converts as well.",
    ),
  patterns: listOrText().optional().describe("Several patterns, tried one after the other, in place of `pattern`."),
  patternsDir: listOrText()
    .optional()
    .describe(
      `Folders below the working folder, such as those of a WorkingDirectory. Each line of the files in them is the name of a pattern, a space, and the pattern. ${PATTERN_FILE_BYTES_MAX} bytes a file at most.`,
    ),
  patternDefinitions: textMap()
    .optional()
    .describe("More patterns by name. They come before the standard ones and those of `patternsDir`."),
  namedCapturesOnly: dynamic(z.boolean())
    .default(true)
    .describe("Whether only `%{WORD:name}` is captured; else `%{WORD}` is as well, as the field `WORD`."),
  breakOnFirstMatch: dynamic(z.boolean())
    .default(true)
    .describe("Whether the first pattern that matches is the last one tried; else what all capture is put together."),
  keepEmptyCaptures: dynamic(z.boolean()).default(false).describe("Whether fields are kept that are empty."),
});

type GrokProperties = z.output<z.ZodObject<ReturnType<typeof grokProperties>>>;

/** What the patterns of a task capture of a text; no fields where none matches. Throws `TaskFailure` for a pattern that can't be read. */
export async function grokOf(
  properties: GrokProperties,
  context: Pick<TaskContext<unknown>, "workingDirectory">,
): Promise<(text: string) => Record<string, unknown>> {
  const { pattern, patterns = [], patternsDir = [], patternDefinitions = {}, namedCapturesOnly } = properties;
  const written = pattern === undefined ? patterns : [pattern];
  if (written.length === 0) throw new TaskFailure("There is no pattern: give `pattern` or `patterns`.");
  const folder = patternsDir.length === 0 ? "" : await context.workingDirectory();
  const files = await Promise.all(
    patternsDir.map((name) => patternsIn(name === "." ? folder : placeInside(folder, name), name)),
  );
  const definitions = Object.assign({}, ...files, patternDefinitions) as Record<string, string>;
  const groks = written.map((one) => compileGrok(one, { definitions, namedCapturesOnly }));
  return (text) => captured(groks, text, properties);
}

function captured(
  groks: readonly Grok[],
  text: string,
  { breakOnFirstMatch, keepEmptyCaptures }: GrokProperties,
): Record<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const grok of groks) {
    const found = grok(text);
    if (found === undefined) continue;
    for (const [field, value] of found) {
      if (keepEmptyCaptures || (value !== null && value !== "")) fields.set(field, value);
    }
    if (breakOnFirstMatch) break;
  }
  return Object.fromEntries(fields);
}

async function patternsIn(folder: string, name: string): Promise<Record<string, string>> {
  const files = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new TaskFailure(`The folder ${name} of \`patternsDir\` can't be read in the working folder.`, {
      cause: error,
    });
  });
  const definitions: Record<string, string> = {};
  for (const file of files
    .filter((entry) => entry.isFile())
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = join(folder, file.name);
    if ((await stat(path)).size > PATTERN_FILE_BYTES_MAX)
      throw new TaskFailure(
        `The file ${name}/${file.name} of patterns is larger than ${PATTERN_FILE_BYTES_MAX} bytes.`,
      );
    for (const line of (await readFile(path, "utf8")).split("\n")) {
      const [, defined, definition] = /^\s*(\w+)\s+(.*?)\s*$/.exec(line) ?? [];
      if (defined !== undefined && definition !== undefined) definitions[defined] = definition;
    }
  }
  return definitions;
}
