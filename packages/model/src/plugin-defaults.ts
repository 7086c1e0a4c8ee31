import type { Catalogue } from "./catalogue.ts";
import type { Entry, ListNode, MapNode, Placed, SourceNode } from "./document/source-node.ts";
import { itemsAt, mapAt, textOf } from "./document/source-node.ts";
import type { JsonMap, JsonValue } from "./flow.ts";
import { isJsonMap, scalarText } from "./json-value.ts";

/** Values for every element whose type is, or begins with, `type`. */
export interface PluginDefault {
  readonly type: string;
  /** The default's values replace those of the element. */
  readonly forced?: boolean;
  readonly values: JsonMap;
}

interface Rule {
  readonly type: string;
  readonly canonical: string;
  readonly forced: boolean;
  /** Absent for defaults from the server's configuration: they have no place in the document. */
  readonly place?: Placed;
  readonly values: (place: Placed) => MapNode;
  used: boolean;
}

export interface Defaulted {
  readonly root: MapNode;
  /** Types of the document's own defaults that no element has. */
  readonly unused: readonly { readonly type: string; readonly place: Placed }[];
}

const SECTIONS = ["tasks", "errors", "finally", "afterExecution", "listeners", "triggers"];

/** Merges the flow's defaults, then those of the server, into every map that has a `type` and belongs to a task or trigger. */
export function applyPluginDefaults(root: MapNode, globals: readonly PluginDefault[], catalogue: Catalogue): Defaulted {
  const rules = [...ownRules(root, catalogue), ...globals.map((item) => globalRule(item, catalogue))];
  if (rules.length === 0) return { root, unused: [] };
  const entries = new Map(root.entries);
  for (const section of SECTIONS) {
    const entry = entries.get(section);
    if (entry !== undefined) entries.set(section, { ...entry, value: withDefaults(entry.value, rules, catalogue) });
  }
  const unused = rules.flatMap(({ type, place, used }) => (used || place === undefined ? [] : [{ type, place }]));
  return { root: { ...root, entries }, unused };
}

function ownRules(root: MapNode, catalogue: Catalogue): Rule[] {
  const rules: Rule[] = [];
  for (const item of [...itemsAt(root, "pluginDefaults"), ...itemsAt(root, "taskDefaults")]) {
    if (item.kind !== "map") continue;
    const type = textOf(item.entries.get("type")?.value);
    const values = mapAt(item, "values");
    if (type === undefined || values === undefined) continue;
    const forced = textOf(item.entries.get("forced")?.value) === "true";
    const place = item.entries.get("type")!.value;
    rules.push({ type, canonical: canonicalName(catalogue, type), forced, place, values: () => values, used: false });
  }
  return rules;
}

function globalRule({ type, forced = false, values }: PluginDefault, catalogue: Catalogue): Rule {
  const nodes = (place: Placed) => mapFromPlain(values, place);
  return { type, canonical: canonicalName(catalogue, type), forced, values: nodes, used: true };
}

function withDefaults(node: SourceNode, rules: readonly Rule[], catalogue: Catalogue): SourceNode {
  if (node.kind === "scalar") return node;
  if (node.kind === "list") return { ...node, items: node.items.map((item) => withDefaults(item, rules, catalogue)) };
  const entries = new Map<string, Entry>();
  for (const entry of node.entries.values())
    entries.set(entry.key, { ...entry, value: withDefaults(entry.value, rules, catalogue) });
  let merged: MapNode = { ...node, entries };
  const typeNode = node.entries.get("type")?.value;
  const type = textOf(typeNode);
  if (type === undefined || typeNode === undefined) return merged;
  const canonical = canonicalName(catalogue, type);
  for (const rule of rules) {
    const match = matchOf(rule, type, canonical);
    if (match === undefined) continue;
    rule.used = true;
    const values = marked(rule.values(typeNode), match);
    merged = rule.forced ? merge(merged, values, merged) : merge(values, merged, merged);
  }
  return merged;
}

function matchOf(rule: Rule, type: string, canonical: string): Entry["fromDefault"] {
  if (rule.type === type || rule.canonical === canonical) return rule.place === undefined ? "server" : "type";
  return type.startsWith(rule.type) || canonical.startsWith(rule.type) ? "prefix" : undefined;
}

/** `strong` wins; maps are merged deeply and lists joined, those of `weak` first. */
function merge(weak: MapNode, strong: MapNode, place: Placed): MapNode {
  const entries = new Map<string, Entry>();
  // The element's own keys stay in front, so that messages point at them.
  for (const source of place === weak ? [weak, strong] : [strong, weak])
    for (const { key } of source.entries.values())
      entries.set(key, mergeEntry(weak.entries.get(key), strong.entries.get(key))!);
  return { kind: "map", entries, start: place.start, end: place.end };
}

function mergeEntry(weak: Entry | undefined, strong: Entry | undefined): Entry | undefined {
  if (weak === undefined || strong === undefined) return strong ?? weak;
  const own = strong.fromDefault === undefined ? strong : weak;
  if (weak.value.kind === "map" && strong.value.kind === "map")
    return { ...own, value: merge(weak.value, strong.value, own.value) };
  if (weak.value.kind === "list" && strong.value.kind === "list") {
    const value: ListNode = { ...own.value, kind: "list", items: [...weak.value.items, ...strong.value.items] };
    return { ...own, value };
  }
  return strong;
}

function marked(values: MapNode, match: Entry["fromDefault"] & string): MapNode {
  const entries = Array.from(values.entries, ([key, entry]) => [key, { ...entry, fromDefault: match }] as const);
  return { ...values, entries: new Map(entries) };
}

function canonicalName(catalogue: Catalogue, type: string): string {
  return catalogue.nameOf(type) ?? type;
}

/** Plain data as a node; everything in it stands at one place. */
function fromPlain(value: JsonValue, { start, end }: Placed): SourceNode {
  const place = { start, end };
  if (isList(value)) return { kind: "list", items: value.map((item) => fromPlain(item, place)), ...place };
  if (isJsonMap(value)) return mapFromPlain(value, place);
  const scalar = isScalar(value) ? value : null;
  return { kind: "scalar", value: scalar, text: scalarText(value), style: "plain", ...place };
}

function mapFromPlain(value: JsonMap, { start, end }: Placed): MapNode {
  const place = { start, end };
  const entries = Object.entries(value).map(
    ([key, item]) => [key, { key, keyPlace: place, value: fromPlain(item, place) }] as const,
  );
  return { kind: "map", entries: new Map(entries), ...place };
}

function isScalar(value: JsonValue): value is string | number | boolean | null {
  return value === null || typeof value !== "object";
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
