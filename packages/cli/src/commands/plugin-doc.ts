import { styleText } from "node:util";
import { documentType, nearest, type PropertyDocument, type TypeDocument } from "@capstan/model";
import { configuredCatalogue } from "../third-party/configured-catalogue.ts";
import { wrapText } from "../terminal/wrap-text.ts";
import { ELEMENT_KINDS, short } from "./plugin-list.ts";

/** Columns of a terminal that is not one. */
const COLUMNS = 100;
const COLUMNS_MAX = 120;

/** Prints what a type is for, what it takes and what it gives. */
export async function pluginDoc(
  type: string,
  { json, config }: { readonly json?: boolean; readonly config?: string },
): Promise<number> {
  const { catalogue } = await configuredCatalogue(config);
  const definition = catalogue.find(type);
  if (definition === undefined) {
    const names = ELEMENT_KINDS.flatMap((kind) => [...catalogue.types(kind)].map(short));
    const guess = nearest(short(type), names);
    const hint = guess === undefined ? "capstan plugin list shows all" : `did you mean ${guess}?`;
    process.stderr.write(`no type ${type} is installed — ${hint}\n`);
    return 1;
  }
  const document = documentType(definition);
  process.stdout.write(json === true ? `${JSON.stringify(document, undefined, 2)}\n` : textOf(document));
  return 0;
}

function textOf({ type, element, title, description, deprecated, aliases, ...rest }: TypeDocument): string {
  const width = Math.min(process.stdout.columns ?? COLUMNS, COLUMNS_MAX);
  const heading = (words: string) => styleText("bold", words, { stream: process.stdout });
  const described = (name: string, kind: string, words: string) =>
    `  ${heading(name)}  ${kind}${words === "" ? "" : `\n${wrapText(words, width, "      ")}`}`;
  return [
    `${heading(short(type))}  ${element}`,
    wrapText(title, width),
    ...(deprecated === undefined ? [] : [wrapText(`Deprecated: ${deprecated}`, width)]),
    ...(description === undefined ? [] : ["", wrapText(description, width)]),
    ...(aliases.length === 0 ? [] : ["", wrapText(`Older names: ${aliases.map(short).join(", ")}`, width)]),
    ...section("Properties", rest.properties, (one) => described(one.name, kindOf(one), wordsOf(one))),
    ...section("Outputs", rest.outputs, (one) => described(one.name, one.type, one.description)),
    ...section(
      "Examples",
      rest.examples,
      (one) => `  ${one.title}:\n\n${one.code.trimEnd().replaceAll(/^/gm, "    ")}\n`,
    ),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");

  function section<Item>(name: string, items: readonly Item[], show: (item: Item) => string): readonly string[] {
    return items.length === 0 ? [] : ["", heading(name), ...items.map(show)];
  }
}

function kindOf({ type, isRequired, takesExpressions }: PropertyDocument): string {
  return [type, ...(isRequired ? ["required"] : []), ...(takesExpressions ? ["expressions"] : [])].join(", ");
}

function wordsOf({ description, isDeprecated, default: standard }: PropertyDocument): string {
  return [
    ...(isDeprecated ? ["Deprecated."] : []),
    description,
    ...(standard === undefined ? [] : [`Default: ${standard}.`]),
  ].join(" ");
}
