import { installedCatalogue } from "@capstan/cli/reference";
import {
  type Catalogue,
  documentType,
  type ElementKind,
  type OutputDocument,
  type PropertyDocument,
  type TypeDefinition,
} from "@capstan/model";
import { type GeneratedPage, generatedPage, table } from "./generated-page.ts";

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
  const { type, title, description, deprecated, aliases, examples, ...told } = documentType(definition);
  const older = aliases.length === 0 ? "" : ` Older names: ${aliases.map((name) => `\`${name}\``).join(", ")}.`;
  return [
    `## ${type.slice(type.lastIndexOf(".") + 1)}`,
    `${title}. A ${KINDS[told.element]}: \`${type}\`.${older}`,
    ...(deprecated === undefined ? [] : [`**Deprecated.** ${deprecated}`]),
    ...(description === undefined ? [] : [description]),
    propertiesOf(told.properties),
    outputsOf(told.outputs),
    ...examples.map((example) => `${example.title}:\n\n\`\`\`yaml\n${example.code.trimEnd()}\n\`\`\``),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function propertiesOf(properties: readonly PropertyDocument[]): string {
  if (properties.length === 0) return "";
  const rows = properties.map((property) => [
    `\`${property.name}\`${property.isRequired ? " (required)" : ""}`,
    property.type,
    property.takesExpressions ? "yes" : "",
    [
      property.isDeprecated ? "Deprecated." : "",
      property.description,
      property.default === undefined ? "" : `Default: \`${property.default}\`.`,
    ]
      .join(" ")
      .trim(),
  ]);
  return describedTable(["property", "type", "expression", "what it is"], rows);
}

function outputsOf(outputs: readonly OutputDocument[]): string {
  if (outputs.length === 0) return "";
  const rows = outputs.map(({ name, type, description }) => [`\`${name}\``, type, description]);
  return describedTable(["output", "type", "what it is"], rows);
}

/** A table whose last column describes; without it where nothing is described. */
function describedTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.some((row) => row.at(-1) !== "")) return table(heading, rows);
  return table(
    heading.slice(0, -1),
    rows.map((row) => row.slice(0, -1)),
  );
}
