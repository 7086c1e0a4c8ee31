import { type Catalogue, type ElementKind, OMITTED_PREFIX, type TypeDefinition } from "@capstan/model";
import { configuredCatalogue } from "../third-party/configured-catalogue.ts";
import { formatTable } from "../terminal/table.ts";

export const ELEMENT_KINDS = ["task", "trigger", "condition", "taskRunner", "other"] as const;

export interface PluginListOptions {
  readonly kind?: ElementKind;
  readonly json?: boolean;
  readonly config?: string;
}

/** Prints every type that a flow may name here, or those whose name, older name or title has the text. */
export async function pluginList(text: string | undefined, options: PluginListOptions): Promise<number> {
  const { catalogue, thirdParty } = await configuredCatalogue(options.config);
  const kinds = options.kind === undefined ? ELEMENT_KINDS : [options.kind];
  const found = kinds.flatMap((kind) => definitionsOf(catalogue, kind)).filter((one) => has(one, text));
  const sorted = found.toSorted((one, other) => (one.type < other.type ? -1 : 1));
  const packages = new Map(
    thirdParty.plugins.flatMap(({ package: name, types }) => types.map(({ type }) => [type, name] as const)),
  );
  const asJson = () => sorted.map((each) => shown(each, packages.get(each.type)));
  if (options.json === true) process.stdout.write(`${JSON.stringify(asJson(), undefined, 2)}\n`);
  else if (sorted.length === 0) process.stderr.write("no such type is installed — capstan plugin list shows all\n");
  else {
    const rows = sorted.map(({ type, element, title, deprecated }) => [
      short(type),
      element,
      deprecated === undefined ? title : `${title} (deprecated)`,
    ]);
    process.stdout.write(formatTable(["TYPE", "KIND", "WHAT IT DOES"], rows));
  }
  return sorted.length === 0 ? 1 : 0;
}

/** A type's name as flows may write it. */
export function short(type: string): string {
  return type.startsWith(OMITTED_PREFIX) ? type.slice(OMITTED_PREFIX.length) : type;
}

function definitionsOf(catalogue: Catalogue, kind: ElementKind): readonly TypeDefinition[] {
  return Array.from(catalogue.types(kind), (type) => catalogue.find(type)).filter((found) => found !== undefined);
}

function has({ type, aliases = [], title }: TypeDefinition, text: string | undefined): boolean {
  const wanted = text?.toLowerCase() ?? "";
  return [type, ...aliases, title].some((name) => name.toLowerCase().includes(wanted));
}

/** `source` tells types that run here from those that another platform would carry out; a package is that of another's plugin. */
function shown({ type, aliases = [], element, title, deprecated }: TypeDefinition, packageName: string | undefined) {
  return {
    type,
    aliases,
    kind: element,
    title,
    deprecated: deprecated !== undefined,
    source: "native",
    ...(packageName !== undefined && { package: packageName }),
  };
}
