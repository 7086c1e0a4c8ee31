import { TaskFailure } from "@capstan/sdk";
import type { Document, YAMLError } from "yaml";

/** Characters that one document may have: it is held in memory, with much beside it. */
export const DOCUMENT_CHARACTERS_MAX = 8 * 1_024 * 1_024;

/** JSON text on one line of each document of a YAML file. Holds one document in memory at a time. Throws `TaskFailure`. */
export async function* yamlDocuments(texts: AsyncIterable<string>): AsyncGenerator<string> {
  const { Composer, Parser } = await import("yaml");
  const lines = createLineCounter();
  const parser = new Parser(lines.add);
  // Whole numbers keep all of their digits; merge keys are those of YAML 1.1.
  const composer = new Composer({ intAsBigInt: true, merge: true });
  let characters = 0;
  let number = 0;
  function* linesOf(documents: Iterable<Document>): Generator<string> {
    for (const document of documents) {
      characters = 0;
      number += 1;
      const error = document.errors[0];
      if (error !== undefined) throw refusal(error, number, lines.lineOf(error.pos[0]));
      lines.forget();
      yield jsonOf(document, number);
    }
  }
  for await (const piece of texts) {
    characters += piece.length;
    if (characters > DOCUMENT_CHARACTERS_MAX)
      throw new TaskFailure(
        `Document ${number + 1} of the YAML file has more than ${DOCUMENT_CHARACTERS_MAX} characters. ` +
          "Split it into documents with lines of `---`, or use JSON, whose lists can be of any length.",
      );
    for (const token of parser.parse(piece, true)) yield* linesOf(composer.next(token));
  }
  for (const token of parser.parse("", false)) yield* linesOf(composer.next(token));
  yield* linesOf(composer.end());
}

/** YAML of each value: a document alone, or documents that begin with `---` when there are several. */
export async function* yamlOf(values: AsyncIterable<unknown>): AsyncGenerator<string> {
  const { stringify } = await import("yaml");
  // Texts such as `yes` are quoted, for readers that know YAML 1.1 only.
  const written = (value: unknown) => stringify(value, { lineWidth: 0, compat: "yaml-1.1" });
  let only: string | undefined;
  let number = 0;
  for await (const value of values) {
    number += 1;
    if (number === 2) yield `---\n${only}`;
    if (number === 1) only = written(value);
    else yield `---\n${written(value)}`;
  }
  if (number === 1) yield only ?? "";
}

function jsonOf(document: Document, number: number): string {
  try {
    return `${JSON.stringify(document.toJS(), withAllDigits) ?? "null"}\n`;
  } catch (error) {
    // An alias that nothing is named by, or aliases that multiply.
    const reason = error instanceof Error ? error.message : String(error);
    throw new TaskFailure(`Document ${number} of the YAML file can't be read: ${reason}.`, { cause: error });
  }
}

// Text that JSON takes as a number; the compiler's library lacks it.
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

function withAllDigits(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? rawJSON(value.toString()) : value;
}

/** Lines from offsets, of the document being read only. */
function createLineCounter() {
  let starts: number[] = [];
  let before = 1;
  return {
    add: (offset: number) => void starts.push(offset),
    lineOf: (offset: number) => before + starts.filter((start) => start > 0 && start <= offset).length,
    forget(): void {
      before += starts.length;
      starts = [];
    },
  };
}

function refusal({ message }: YAMLError, number: number, line: number): TaskFailure {
  return new TaskFailure(`Document ${number} of the YAML file can't be read: ${message} (line ${line}).`);
}
