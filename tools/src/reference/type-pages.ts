import { installedCatalogue } from "@capstan/cli/reference";
import type { Catalogue, ElementKind, TypeDefinition } from "@capstan/model";
import { z } from "zod";
import { type GeneratedPage, generatedPage } from "./generated-page.ts";
import { type Schema, table, takesExpressions, typeText } from "./schema-text.ts";

const FOLDER = "docs/reference/tasks";
const SOURCE = "the definitions of `packages/model/src/types/` and `plugins/`";
const PREFIX = "io.kestra.plugin.";
const KINDS: Readonly<Record<ElementKind, string>> = {
  task: "task",
  trigger: "trigger",
  condition: "condition",
  taskRunner: "task runner",
  other: "part of a task",
};

/** An index of all types, and a page for each group of them, such as `core.flow`. */
export function typePages(catalogue: Catalogue = installedCatalogue()): readonly GeneratedPage[] {
  const definitions = (Object.keys(KINDS) as ElementKind[])
    .flatMap((kind) => [...catalogue.types(kind)])
    .map((type) => catalogue.find(type))
    .filter((definition) => definition !== undefined)
    .toSorted((a, b) => (a.type < b.type ? -1 : 1));
  const groups = Map.groupBy(definitions, groupOf);
  return [indexPage(groups), ...Array.from(groups, ([group, members]) => groupPage(group, members))];
}

/** `core.flow` of `io.kestra.plugin.core.flow.If`. */
function groupOf({ type }: TypeDefinition): string {
  return shortName(type).split(".").slice(0, -1).join(".");
}

function shortName(type: string): string {
  return type.startsWith(PREFIX) ? type.slice(PREFIX.length) : type;
}

function indexPage(groups: ReadonlyMap<string, readonly TypeDefinition[]>): GeneratedPage {
  const rows = Array.from(groups, ([group, members]) =>
    members
      .filter(({ deprecated }) => deprecated === undefined)
      .map((definition) => [`[${shortName(definition.type)}](${group}.md#${anchorOf(definition)})`, definition.title]),
  ).flat();
  return generatedPage(`${FOLDER}/README.md`, SOURCE, [
    "# Types",
    "Every type that a flow may name in this installation, by its short name: `core.log.Log` and\n`io.kestra.plugin.core.log.Log` are the same. What all tasks have in common is in [control flow](../../guides/learn/control-flow.md)\nand [when tasks fail](../../guides/learn/errors.md).",
    table(["type", "what it does"], rows),
  ]);
}

function groupPage(group: string, members: readonly TypeDefinition[]): GeneratedPage {
  return generatedPage(`${FOLDER}/${group}.md`, SOURCE, [`# ${group}`, ...members.map(sectionOf)]);
}

function anchorOf({ type }: TypeDefinition): string {
  return type.slice(type.lastIndexOf(".") + 1).toLowerCase();
}

function sectionOf(definition: TypeDefinition): string {
  const { type, title, description, deprecated, aliases = [], examples = [], outputs, element } = definition;
  const older = aliases.length === 0 ? "" : ` Older names: ${aliases.map((name) => `\`${name}\``).join(", ")}.`;
  return [
    `## ${type.slice(type.lastIndexOf(".") + 1)}`,
    `${title}. A ${KINDS[element]}: \`${type}\`.${older}`,
    ...(deprecated === undefined ? [] : [`**Deprecated.** ${deprecated}`]),
    ...(description === undefined ? [] : [description]),
    propertiesOf(definition.properties),
    ...(outputs === undefined ? [] : [outputsOf(schemaOf(outputs))]),
    ...examples.map((example) => `${example.title}:\n\n\`\`\`yaml\n${example.code.trimEnd()}\n\`\`\``),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function schemaOf(schema: z.ZodObject): Schema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema;
}

function propertiesOf(written: z.ZodObject): string {
  const { properties = {}, required = [] } = schemaOf(written);
  const current = Object.entries(properties).filter(([, { renamedTo }]) => renamedTo === undefined);
  if (current.length === 0) return "";
  const rows = current.map(([name, schema]) => [
    `\`${name}\`${required.includes(name) ? " (required)" : ""}`,
    typeText(schema),
    takesExpressions(schema) ? "yes" : "",
    [schema.deprecated === true ? "Deprecated." : "", schema.description ?? "", defaultOf(schema, written.shape[name])]
      .join(" ")
      .trim(),
  ]);
  return describedTable(["property", "type", "expression", "what it is"], rows);
}

/** Unless the description says it in words, or it is what an absence would mean anyway. */
function defaultOf({ description = "" }: Schema, written: z.ZodType | undefined): string {
  // A JSON Schema has none for what is converted when it is read, as texts are.
  const value = written instanceof z.ZodDefault ? written.def.defaultValue : undefined;
  if (value === undefined || value === false || value === null || value === "" || /default/i.test(description))
    return "";
  if (typeof value === "object" && Object.keys(value).length === 0) return "";
  const isPlain = typeof value === "string" && !/[\n\r\t]/.test(value);
  return `Default: \`${isPlain ? value : JSON.stringify(value)}\`.`;
}

function outputsOf({ properties = {} }: Schema): string {
  const rows = Object.entries(properties).map(([name, schema]) => [
    `\`${name}\``,
    typeText(schema),
    schema.description ?? "",
  ]);
  return rows.length === 0 ? "" : describedTable(["output", "type", "what it is"], rows);
}

/** A table whose last column describes; without it where nothing is described. */
function describedTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.some((row) => row.at(-1) !== "")) return table(heading, rows);
  return table(
    heading.slice(0, -1),
    rows.map((row) => row.slice(0, -1)),
  );
}
