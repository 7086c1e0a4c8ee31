import { type Document, isAlias, isMap, isNode, isScalar, isSeq, parseDocument, type Scalar, type YAMLMap } from "yaml";
import { LIMITS } from "../limits.ts";
import { firstLine, forbiddenCharacter, syntaxProblems } from "./syntax-problem.ts";
import type { Entry, MapNode, Placed, ScalarNode, ScalarStyle, SourceNode } from "./source-node.ts";

/** A problem of the document itself, before it is looked at as a flow. */
export interface DocumentProblem {
  readonly code:
    | "yaml-syntax"
    | "yaml-tag"
    | "several-documents"
    | "control-character"
    | "duplicate-key"
    | "nesting-too-deep"
    | "too-many-nodes"
    | "key-not-text";
  readonly place: Placed;
  readonly detail: string;
  readonly hint?: string;
}

export interface ParsedDocument {
  /** Absent when the text is no YAML, or empty. */
  readonly root?: SourceNode;
  readonly problems: readonly DocumentProblem[];
}

/**
 * Reads one YAML 1.2 document. Bare `yes`, `on` and dates stay text. Aliases and merge keys are followed; a key that
 * stands twice in one map is a problem. Never throws.
 */
export function parseSource(source: string): ParsedDocument {
  const forbidden = forbiddenCharacter(source);
  if (forbidden !== undefined) return { problems: [forbidden] };
  let document: Document.Parsed;
  try {
    document = parseDocument(source, { uniqueKeys: false, prettyErrors: false, strict: true });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { problems: [{ code: "nesting-too-deep", place: { start: 0, end: 0 }, detail: "" }] };
  }
  const syntax = syntaxProblems(document);
  if (syntax.length > 0) return { problems: syntax };
  const reading: Reading = { document, problems: [], anchors: new Map(), nodes: 0 };
  for (const { message, pos } of document.warnings)
    reading.problems.push({ code: "yaml-tag", place: { start: pos[0], end: pos[1] }, detail: firstLine(message) });
  const root = document.contents === null ? undefined : read(reading, document.contents, 0);
  const isUnreadable = reading.problems.some(({ code }) => UNREADABLE.has(code));
  if (root === undefined || isUnreadable) return { problems: reading.problems };
  return { root, problems: reading.problems };
}

/** With these the rest of the document means nothing. */
const UNREADABLE: ReadonlySet<DocumentProblem["code"]> = new Set(["yaml-syntax", "nesting-too-deep", "too-many-nodes"]);

interface Reading {
  readonly document: Document.Parsed;
  readonly problems: DocumentProblem[];
  readonly anchors: Map<string, { node: SourceNode; size: number }>;
  nodes: number;
}

const NOTHING: ScalarNode = { kind: "scalar", value: null, text: "", style: "plain", start: 0, end: 0 };

function read(reading: Reading, node: unknown, depth: number): SourceNode {
  const before = reading.nodes;
  reading.nodes += 1;
  if (isAlias(node)) return followAlias(reading, node.source, placeOf(node.range));
  const place = isNode(node) ? placeOf(node.range) : placeOf(undefined);
  if (reading.nodes > LIMITS.nodes) return refuse(reading, "too-many-nodes", place);
  if (depth > LIMITS.nestingDepth) return refuse(reading, "nesting-too-deep", place);
  let result: SourceNode;
  if (isMap(node)) result = readMap(reading, node, place, depth);
  else if (isSeq(node))
    result = { kind: "list", items: node.items.map((item) => read(reading, item, depth + 1)), ...place };
  else if (isScalar(node)) result = readScalar(node, place);
  else result = { ...NOTHING, ...place };
  const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
  if (anchor !== undefined) reading.anchors.set(anchor, { node: result, size: reading.nodes - before });
  return result;
}

function refuse(reading: Reading, code: "too-many-nodes" | "nesting-too-deep", place: Placed): SourceNode {
  if (!reading.problems.some((problem) => problem.code === code)) reading.problems.push({ code, place, detail: "" });
  return { ...NOTHING, ...place };
}

function followAlias(reading: Reading, name: string, place: Placed): SourceNode {
  const target = reading.anchors.get(name);
  if (target === undefined) {
    reading.problems.push({ code: "yaml-syntax", place, detail: `The alias *${name} names no anchor above it` });
    return { ...NOTHING, ...place };
  }
  reading.nodes += target.size;
  if (reading.nodes > LIMITS.nodes) return refuse(reading, "too-many-nodes", place);
  return target.node;
}

function readMap(reading: Reading, map: YAMLMap, place: Placed, depth: number): MapNode {
  const entries = new Map<string, Entry>();
  const merged: MapNode[] = [];
  for (const pair of map.items) {
    const keyPlace = placeOf(isNode(pair.key) ? pair.key.range : undefined, place.start);
    const key = keyText(pair.key);
    if (key === undefined) {
      reading.problems.push({ code: "key-not-text", place: keyPlace, detail: "" });
      continue;
    }
    const value =
      pair.value === null
        ? { ...NOTHING, start: keyPlace.end, end: keyPlace.end }
        : read(reading, pair.value, depth + 1);
    if (key === "<<" && isMergeable(value)) merged.push(...mergeables(value));
    else if (entries.has(key)) reading.problems.push({ code: "duplicate-key", place: keyPlace, detail: key });
    else entries.set(key, { key, keyPlace, value });
  }
  for (const source of merged)
    for (const entry of source.entries.values()) if (!entries.has(entry.key)) entries.set(entry.key, entry);
  return { kind: "map", entries, ...place };
}

function isMergeable(node: SourceNode): boolean {
  return node.kind === "map" || (node.kind === "list" && node.items.every((item) => item.kind === "map"));
}

function mergeables(node: SourceNode): MapNode[] {
  if (node.kind === "map") return [node];
  return node.kind === "list" ? node.items.filter((item) => item.kind === "map") : [];
}

function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  if (key.type === "PLAIN" && typeof key.source === "string" && key.source !== "") return key.source;
  return typeof key.value === "string" ? key.value : undefined;
}

const STYLES: Readonly<Record<string, ScalarStyle>> = {
  QUOTE_SINGLE: "single",
  QUOTE_DOUBLE: "double",
  BLOCK_LITERAL: "literal",
  BLOCK_FOLDED: "folded",
};

function readScalar(scalar: Scalar, place: Placed): ScalarNode {
  const style = STYLES[scalar.type ?? ""] ?? "plain";
  const value = scalarValue(scalar.value);
  const written = style === "plain" && typeof scalar.source === "string" ? scalar.source : String(value ?? "");
  return { kind: "scalar", value, text: typeof value === "string" ? value : written, style, ...place };
}

function scalarValue(value: unknown): ScalarNode["value"] {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "string" || typeof value === "boolean") return value;
  return value === null || value === undefined ? null : JSON.stringify(value);
}

function placeOf(range: readonly number[] | null | undefined, fallback = 0): Placed {
  return { start: range?.[0] ?? fallback, end: range?.[1] ?? fallback };
}
