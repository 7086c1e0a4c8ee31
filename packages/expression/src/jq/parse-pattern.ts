import type { Jq, JqPattern } from "./ast.ts";
import type { JqCursor } from "./cursor.ts";

/** Reads what stands behind `as`: a pattern, or several with `?//` between them. */
export function parsePatterns(cursor: JqCursor): JqPattern[] {
  const patterns = [parsePattern(cursor)];
  while (cursor.take("?//")) patterns.push(parsePattern(cursor));
  return patterns;
}

/** Reads `$x`, `[$a, $b]` or `{a: $x, $b}`. */
export function parsePattern(cursor: JqCursor): JqPattern {
  if (cursor.current().kind === "variable") return { kind: "variable", name: cursor.variable() };
  if (cursor.take("[")) {
    const elements = [parsePattern(cursor)];
    while (cursor.take(",")) elements.push(parsePattern(cursor));
    cursor.expect("]");
    return { kind: "array", elements };
  }
  if (!cursor.take("{")) return cursor.fail("a pattern");
  const entries = [parseEntry(cursor)];
  while (cursor.take(",")) entries.push(parseEntry(cursor));
  cursor.expect("}");
  return { kind: "object", entries };
}

function parseEntry(cursor: JqCursor): { key: Jq; variable: string | null; pattern: JqPattern | null } {
  const token = cursor.current();
  if (token.kind === "variable") {
    const variable = cursor.variable();
    const pattern = cursor.take(":") ? parsePattern(cursor) : null;
    return { key: { kind: "literal", value: variable }, variable, pattern };
  }
  const key = parseKey(cursor);
  cursor.expect(":");
  return { key, variable: null, pattern: parsePattern(cursor) };
}

function parseKey(cursor: JqCursor): Jq {
  const { kind } = cursor.current();
  if (kind === "name" || kind === "keyword") return { kind: "literal", value: cursor.advance().text };
  return cursor.grammar.postfix(cursor);
}
