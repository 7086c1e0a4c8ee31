import { z } from "zod";
import { type MapNode, type Placed, plain, type SourceNode } from "../document/source-node.ts";
import type { JsonValue } from "../flow.ts";
import { type CheckContext, meantName, nameHint, nameOf, type Path, pathText, report } from "./context.ts";
import { reportIssue } from "./schema-issues.ts";
import { metaOf, shapeOf } from "./schema-shape.ts";
import { outline, valueFor } from "./schema-values.ts";

/** A map as it was read. */
export interface Reading<Schema extends z.ZodObject> {
  /** Plain data, with scalars read as the schema wants them (`1.10` stays text where text is wanted); empty values are left out. */
  readonly written: Record<string, JsonValue>;
  /** The properties that fit the schema, typed by it. */
  readonly read: Partial<z.output<Schema>>;
}

/** How messages call the thing that is checked. */
export interface Owner {
  readonly name: string;
  /** Property names that are handled elsewhere: known, but not looked at here. */
  readonly also?: Iterable<string>;
}

/** Checks a map against a schema and reports every problem at its place. */
export function checkMap<Schema extends z.ZodObject>(
  context: CheckContext,
  schema: Schema,
  node: MapNode,
  path: Path,
  owner: Owner,
): Reading<Schema> {
  const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
  const also = new Set(owner.also);
  const value: Record<string, JsonValue> = {};
  const meant = new Set<string>();
  const outer = shapeOf(schema);
  const isOpen = outer.kind === "object" && outer.open;
  for (const entry of node.entries.values()) {
    const property = Object.hasOwn(shape, entry.key) ? shape[entry.key] : undefined;
    if (property === undefined) {
      if (also.has(entry.key)) continue;
      if (isOpen) value[entry.key] = plain(entry.value);
      else if (entry.fromDefault === undefined || entry.fromDefault === "type") {
        const known = [...Object.keys(shape), ...also];
        reportUnknown(context, entry.key, entry.keyPlace, path, owner, known, homeOf(shape, entry.key));
        const guess = meantName(entry.key, known);
        if (guess !== undefined) meant.add(pathText([...path, guess]));
      } else if (entry.fromDefault === "server") {
        const what = `\`${entry.key}\` is no property of ${owner.name}, so this default is left out`;
        report(
          context,
          "default-unused",
          { place: entry.keyPlace, path: [...path, entry.key], severity: "warning" },
          what,
        );
      }
      continue;
    }
    if (entry.value.kind === "scalar" && entry.value.value === null) continue;
    if (metaOf(property).children !== undefined) {
      value[entry.key] = outline(entry.value);
      continue;
    }
    reportUnknownInside(context, property, entry.value, [...path, entry.key], meant);
    value[entry.key] = valueFor(property, entry.value);
  }
  const renamed = moveRenamed(context, shape, node, path, value, owner);
  const result = schema.safeParse(value);
  if (result.success) return { written: value, read: result.data };
  for (const issue of result.error.issues)
    reportIssue(context, issue, { root: node, base: path, value, renamed, meant });
  return { written: value, read: fitting(schema, value) };
}

/** The properties of plain data that fit a schema. */
export function fitting<Schema extends z.ZodObject>(schema: Schema, value: object): Partial<z.output<Schema>>;
export function fitting(schema: z.ZodObject, value: object): object {
  const found = Object.entries(value).flatMap(([key, item]) => {
    const property: z.ZodType | undefined = schema.shape[key];
    const result = property?.safeParse(item);
    return result?.success === true ? [[key, result.data] as const] : [];
  });
  return Object.fromEntries(found);
}

/** Moves values of old names to their current ones and tells; answers current name → old name. */
function moveRenamed(
  context: CheckContext,
  shape: Readonly<Record<string, z.ZodType>>,
  node: MapNode,
  path: Path,
  value: Record<string, JsonValue>,
  owner: Owner,
): ReadonlyMap<string, string> {
  const renamed = new Map<string, string>();
  for (const key of Object.keys(value)) {
    const schema = shape[key];
    const entry = node.entries.get(key);
    if (schema === undefined || entry === undefined) continue;
    const { renamedTo, deprecated, description } = metaOf(schema);
    if (renamedTo === undefined && deprecated !== true) continue;
    const isOverruled = renamedTo !== undefined && value[renamedTo] !== undefined;
    report(
      context,
      isOverruled ? "ignored-property" : "deprecated",
      { place: entry.keyPlace, path: [...path, key] },
      isOverruled ? key : `\`${key}\` of ${owner.name}`,
      isOverruled
        ? `\`${renamedTo}\` is there as well`
        : renamedTo === undefined
          ? (description ?? "it may go in a later version").replace(/\.$/, "")
          : `write \`${renamedTo}\``,
    );
    if (renamedTo === undefined) continue;
    if (value[renamedTo] === undefined) {
      value[renamedTo] = value[key]!;
      renamed.set(renamedTo, key);
    }
    delete value[key];
  }
  return renamed;
}

/** What authors look for where it does not exist. */
const REMEDIES: Readonly<Record<string, string>> = {
  dependsOn: "only a Dag orders its tasks so: its `tasks` are a list of {task, dependsOn}",
  errors: "it belongs to the flow, or to a task with tasks inside",
  finally: "it belongs to the flow, or to a task with tasks inside",
  onError: "write `errors`",
  onFailure: "write `errors`",
};

/** What another kind of task has instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  commands: "script",
  concurrent: "concurrencyLimit",
  concurrencyLimit: "concurrent",
  script: "commands",
  tasks: "then",
};

function remedyFor(key: string, known: readonly string[]): string | undefined {
  if (Object.hasOwn(REMEDIES, key)) return REMEDIES[key];
  const instead = Object.hasOwn(INSTEAD, key) ? INSTEAD[key] : undefined;
  return instead !== undefined && known.includes(instead) ? `here it is \`${instead}\`` : undefined;
}

/** Reports a property of a map at `path` that is none of those that are known there; `home` is the one that has it inside. */
export function reportUnknown(
  context: CheckContext,
  key: string,
  place: Placed,
  path: Path,
  owner: Pick<Owner, "name">,
  known: readonly string[],
  home?: string,
): void {
  const severity = context.lenient ? "warning" : undefined;
  const hint = () =>
    home === undefined ? (remedyFor(key, known) ?? nameHint(key, known)) : `write it inside \`${home}\``;
  report(context, "unknown-property", { place, path: [...path, key], hint, severity }, key, owner.name);
}

/** The only property whose map has a property with this name. */
function homeOf(properties: Readonly<Record<string, z.ZodType>>, key: string): string | undefined {
  const homes = Object.entries(properties).filter(([, schema]) =>
    mapsOf(schema).some((map) => Object.hasOwn(map, key)),
  );
  return homes.length === 1 ? homes[0]![0] : undefined;
}

/** The properties of each kind of map that a value may be. */
function mapsOf(schema: z.ZodType): readonly Readonly<Record<string, z.ZodType>>[] {
  const shape = shapeOf(schema);
  if (shape.kind === "object") return [shape.properties];
  return shape.kind === "union" ? shape.options.flatMap(mapsOf) : [];
}

/** zod drops unknown keys of nested objects silently; a flow author wants to hear of them. */
function reportUnknownInside(
  context: CheckContext,
  schema: z.ZodType,
  node: SourceNode,
  path: Path,
  meant: Set<string>,
): void {
  const shape = shapeOf(schema);
  if (shape.kind === "object" && node.kind === "map") {
    const known = Object.keys(shape.properties);
    for (const entry of node.entries.values()) {
      if (Object.hasOwn(shape.properties, entry.key))
        reportUnknownInside(context, shape.properties[entry.key]!, entry.value, [...path, entry.key], meant);
      else if (!shape.open) {
        reportUnknown(context, entry.key, entry.keyPlace, path, { name: `\`${nameOf(path)}\`` }, known);
        const guess = meantName(entry.key, known);
        if (guess !== undefined) meant.add(pathText([...path, guess]));
      }
    }
  } else if (shape.kind === "list" && node.kind === "list") {
    for (const [index, item] of node.items.entries())
      reportUnknownInside(context, shape.item, item, [...path, index], meant);
  } else if (shape.kind === "record" && node.kind === "map") {
    for (const entry of node.entries.values())
      reportUnknownInside(context, shape.value, entry.value, [...path, entry.key], meant);
  } else if (shape.kind === "union" && node.kind !== "scalar") {
    const fitting = shape.options.find((option) => option.safeParse(valueFor(option, node)).success);
    if (fitting !== undefined) reportUnknownInside(context, fitting, node, path, meant);
  }
}
