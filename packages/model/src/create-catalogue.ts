import type { Catalogue, ElementKind, LaterType, TypeDefinition } from "./catalogue.ts";

/** Types may be written without it: `aws.s3.Upload`. */
export const OMITTED_PREFIX = "io.kestra.plugin.";

/** A catalogue of these types. Two that share a name or an alias are a bug and throw. */
export function createCatalogue(definitions: Iterable<TypeDefinition | LaterType>): Catalogue {
  const byName = new Map<string, TypeDefinition | LaterType>();
  const byElement = new Map<ElementKind, string[]>();
  for (const definition of definitions) {
    for (const name of [definition.type, ...(definition.aliases ?? [])]) {
      const other = byName.get(name);
      if (other !== undefined)
        throw new Error(`The type name ${name} is defined twice: by ${other.type} and by ${definition.type}`);
      byName.set(name, definition);
    }
    const names = byElement.get(definition.element) ?? [];
    names.push(definition.type);
    byElement.set(definition.element, names);
  }
  const named = (type: string) => byName.get(type) ?? byName.get(OMITTED_PREFIX + type);
  const loaded = new Map<LaterType, TypeDefinition>();
  const load = (later: LaterType) => {
    const definition = loaded.get(later) ?? later.load();
    loaded.set(later, definition);
    return definition;
  };
  return {
    find: (type) => {
      const found = named(type);
      return found !== undefined && "load" in found ? load(found) : found;
    },
    nameOf: (type) => named(type)?.type,
    types: (element) => byElement.get(element) ?? [],
  };
}
