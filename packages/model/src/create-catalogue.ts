import type { Catalogue, ElementKind, TypeDefinition } from "./catalogue.ts";

/** Types may be written without it: `aws.s3.Upload`. */
export const OMITTED_PREFIX = "io.kestra.plugin.";

/** A catalogue of these definitions. Two definitions that share a name or an alias are a bug and throw. */
export function createCatalogue(definitions: Iterable<TypeDefinition>): Catalogue {
  const byName = new Map<string, TypeDefinition>();
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
  return {
    find: (type) => byName.get(type) ?? byName.get(OMITTED_PREFIX + type),
    types: (element) => byElement.get(element) ?? [],
  };
}
