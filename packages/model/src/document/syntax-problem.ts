import { type Document, isScalar, type Scalar, visit, type YAMLError } from "yaml";
import type { DocumentProblem } from "./parse-document.ts";

/** Remedies by the beginning of the parser's message. */
const REMEDIES: readonly (readonly [string, string])[] = [
  ["Tabs are not allowed", "indent with spaces"],
  ["Nested mappings are not allowed", 'put a value that contains ": " in quotes, or check the indentation'],
  ["Missing closing", "close the quote"],
  ["Unexpected scalar at node end", "a quote inside quotes is written twice ('') or as \\\""],
  ["Plain value cannot start with", "put the value in quotes"],
  ["Sequence item without - indicator", "indent it like the lines it belongs to"],
  ["All mapping items must start at the same column", "indent it like the lines it belongs to"],
  ["All sequence items must start at the same column", "indent it like the lines it belongs to"],
  ["Implicit keys need to be on a single line", "check the indentation, or a missing `:`"],
  ["Implicit map keys need to be followed by map values", "write `:` and a value behind the key"],
  ["Flow map", "close it with }"],
  ["Flow sequence", "close it with ]"],
];

/** What the parser says, with remedies. */
export function syntaxProblems(document: Document.Parsed): DocumentProblem[] {
  const deep = document.errors.find(({ message }) => message.startsWith("Maximum call stack"));
  if (deep !== undefined) return [{ code: "nesting-too-deep", place: placeOf(deep), detail: "" }];
  return document.errors.map((error): DocumentProblem => {
    const place = placeOf(error);
    if (error.code === "MULTIPLE_DOCS") return { code: "several-documents", place, detail: "" };
    const detail = firstLine(error.message);
    const hint = REMEDIES.find(([beginning]) => detail.startsWith(beginning))?.[1];
    const isOpen = detail.startsWith("Missing closing");
    return {
      code: "yaml-syntax",
      place: isOpen ? beginningOfOpenQuote(document, place) : place,
      detail: isOpen ? "a quote is never closed" : detail,
      ...(hint === undefined ? {} : { hint }),
    };
  });
}

/** An open quote is noticed where the text ends, but has to be closed where it begins. */
function beginningOfOpenQuote(document: Document.Parsed, place: DocumentProblem["place"]): DocumentProblem["place"] {
  let last: Scalar | undefined;
  visit(document, {
    Scalar: (_, node) => {
      if (isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE")) last = node;
    },
  });
  const start = last?.range?.[0];
  return start === undefined || start > place.start ? place : { start, end: place.end };
}

/** Characters that YAML allows nowhere, not even in quotes; half a surrogate pair is one of them. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]|\p{Surrogate}/u;

export function forbiddenCharacter(source: string): DocumentProblem | undefined {
  const found = FORBIDDEN.exec(source);
  if (found === null) return undefined;
  const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return { code: "control-character", place: { start: found.index, end: found.index + 1 }, detail: `U+${code}` };
}

function placeOf({ pos: [start, end] }: YAMLError): DocumentProblem["place"] {
  return { start, end };
}

export function firstLine(message: string): string {
  return message.split("\n", 1)[0]!.replace(/[:.]\s*$/, "");
}
