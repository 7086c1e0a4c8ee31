import { type MapNode, textOf } from "../document/source-node.ts";
import { type CheckContext, type Path, report } from "./context.ts";

const FLOW = "io.kestra.plugin.core.flow.";
const CONDITIONED = new Set([`${FLOW}If`, `${FLOW}LoopUntil`]);

const READS = /\b(?:execution|flow|inputs|item|labels|outputs|parent|taskrun|tasks|trigger|vars)[.[]|\b(?:kv|secret)\(/;
const COMPARES = /[=!<>]=|\s(?:and|or|is|not|contains|in)\s/;

/** Tells of a condition of a task or trigger that was meant as an expression, but is text, which is always true. */
export function checkPlainConditions(context: CheckContext, type: string, node: MapNode, path: Path): void {
  for (const key of ["runIf", "when", ...(CONDITIONED.has(type) ? ["condition"] : [])]) {
    const place = node.entries.get(key)?.value;
    const text = textOf(place);
    if (place === undefined || text === undefined || !isMeantAsExpression(text)) continue;
    const hint = `write "{{ ${text.trim()} }}"`;
    report(context, "plain-condition", { place, path: [...path, key], hint }, key);
  }
}

function isMeantAsExpression(text: string): boolean {
  return !/\{[{%#]/.test(text) && (READS.test(text) || COMPARES.test(text));
}
