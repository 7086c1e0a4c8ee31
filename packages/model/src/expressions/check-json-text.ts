import { z } from "zod";
import type { CheckContext } from "../checks/context.ts";
import { unwrap } from "../checks/schema-shape.ts";
import { printsInsideJsonStrings, type Span } from "./json-text.ts";
import type { Knowledge } from "./knowledge.ts";
import { reportAt, type Scan } from "./scan.ts";

/** Filters whose result can't hold a quote or a line break, or has them escaped. */
const SAFE_FILTERS = new Set([
  "abs",
  "base64encode",
  "date",
  "escapeChar",
  "json",
  "length",
  "md5",
  "number",
  "numberFormat",
  // Escaping by hand.
  "replace",
  "sha1",
  "sha256",
  "sha512",
  "slugify",
  "timestamp",
  "timestampMicro",
  "timestampMilli",
  "timestampNano",
  "toJson",
  "urlencode",
]);

/** What comes from outside the flow and may hold any character. */
const FOREIGN_ROOTS = new Set(["outputs", "trigger"]);

/** Tells when text from outside is pasted into a string of hand-written JSON, where one quote breaks the payload. */
export function checkJsonText(context: CheckContext, scan: Scan, knowledge: Knowledge): void {
  const { text, analysis, references } = scan;
  if (!references.some(({ path }) => FOREIGN_ROOTS.has(String(path[0])))) return;
  for (const span of printsInsideJsonStrings(text)) {
    const inside = ({ offset }: { readonly offset: number }) => offset >= span.start && offset < span.end;
    if (analysis.filters.some((filter) => inside(filter) && SAFE_FILTERS.has(filter.name))) continue;
    const reference = references.find(
      ({ path, offset }) => inside({ offset }) && FOREIGN_ROOTS.has(String(path[0])) && !isPlainValue(path, knowledge),
    );
    if (reference === undefined) continue;
    const expression = expressionIn(text, span);
    const operand = /^[\w.'"[\]-]+$/.test(expression) ? expression : "(…)";
    const hint = `write the whole string as an expression: {{ ("…" ~ ${operand}) | toJson }}, without quotes around it`;
    reportAt(
      context,
      scan,
      "unescaped-json",
      { offset: span.start, length: span.end - span.start },
      { hint },
      expression,
    );
    return;
  }
}

function expressionIn(text: string, { start, end }: Span): string {
  const expression = text
    .slice(start + 2, end - 2)
    .replaceAll(/^-|-$/g, "")
    .trim()
    .replaceAll(/\s+/g, " ");
  return expression.length > 80 ? `${expression.slice(0, 80)}…` : expression;
}

/** Names of values that are numbers, words or addresses by custom. */
const PLAIN_NAME =
  /(?:^|[a-z_])(?:code|count|date|duration|email|id|number|offset|percent|port|rows|size|state|status|total|ur[il])$/i;

/** Outputs that are numbers, booleans or addresses by definition or by name. */
function isPlainValue(path: readonly (string | number | null)[], { tasks }: Knowledge): boolean {
  if (PLAIN_NAME.test(String(path.at(-1)))) return true;
  const [, id, output] = path;
  const outputs = typeof id === "string" ? tasks.get(id)?.placement.checked.definition?.outputs : undefined;
  if (outputs === undefined || typeof output !== "string") return false;
  const shape: Readonly<Record<string, z.ZodType>> = outputs.shape;
  const schema = shape[output];
  if (schema === undefined) return false;
  const inner = unwrap(schema);
  return (
    output === "uri" ||
    inner instanceof z.ZodNumber ||
    inner instanceof z.ZodNumberFormat ||
    inner instanceof z.ZodBoolean
  );
}
