import type { JsonValue } from "../flow.ts";

/** A flow document with its places: what the checks walk. Offsets are characters of the source text, from 0. */
export type SourceNode = MapNode | ListNode | ScalarNode;

export interface Placed {
  readonly start: number;
  readonly end: number;
}

export interface MapNode extends Placed {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  readonly key: string;
  readonly keyPlace: Placed;
  readonly value: SourceNode;
  /** Set when the entry was merged in by a plugin default, with how that default matched. */
  readonly fromDefault?: "type" | "prefix" | "server";
}

export interface ListNode extends Placed {
  readonly kind: "list";
  readonly items: readonly SourceNode[];
}

export type ScalarStyle = "plain" | "single" | "double" | "literal" | "folded";

export interface ScalarNode extends Placed {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** The value as text: what was written, for a plain scalar (`1.10` stays `1.10`). */
  readonly text: string;
  readonly style: ScalarStyle;
}

/** The plain data of a node. Keys such as `__proto__` are ordinary keys. */
export function plain(node: SourceNode): JsonValue {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(plain);
    case "map":
      return Object.fromEntries(Array.from(node.entries.values(), ({ key, value }) => [key, plain(value)]));
    default:
      return node satisfies never;
  }
}

/** The node at a path of keys and indexes, with the place of its key; undefined where the document has none. */
export function nodeAt(root: SourceNode, path: readonly PropertyKey[]): SourceNode | undefined {
  let node: SourceNode | undefined = root;
  for (const segment of path) node = node === undefined ? undefined : childOf(node, segment);
  return node;
}

function childOf(node: SourceNode, segment: PropertyKey): SourceNode | undefined {
  if (node.kind === "map") return node.entries.get(String(segment))?.value;
  if (node.kind === "list") return node.items[Number(segment)];
  return undefined;
}

/** The text of a scalar that is not null. */
export function textOf(node: SourceNode | undefined): string | undefined {
  return node?.kind === "scalar" && node.value !== null ? node.text : undefined;
}

/** The value of a key when it is a map. */
export function mapAt(node: MapNode, key: string): MapNode | undefined {
  const value = node.entries.get(key)?.value;
  return value?.kind === "map" ? value : undefined;
}

/** The items of a key when its value is a list, else none. */
export function itemsAt(node: MapNode, key: string): readonly SourceNode[] {
  const value = node.entries.get(key)?.value;
  return value?.kind === "list" ? value.items : [];
}

/** Absent, or written without a value. */
export function isAbsent(node: SourceNode | undefined): boolean {
  return node === undefined || (node.kind === "scalar" && node.value === null);
}
