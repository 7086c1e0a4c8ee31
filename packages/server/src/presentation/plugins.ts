import type { Catalogue, ElementKind } from "@capstan/model";

/** The lists of a plugin, and the kind of type that each holds. */
export const PLUGIN_ELEMENTS = {
  tasks: "task",
  triggers: "trigger",
  conditions: "condition",
  taskRunners: "taskRunner",
} as const satisfies Record<string, ElementKind>;

type ElementName = keyof typeof PLUGIN_ELEMENTS;
type Element = { cls: string; title: string; deprecated: boolean };
type Plugin = { name: string; title: string; group: string } & Record<ElementName, Element[]>;

/** Types by the package before their names, as `io.kestra.plugin.aws`; sorted. */
export function pluginsOf(catalogue: Catalogue): readonly Plugin[] {
  const plugins = new Map<string, Plugin>();
  for (const [name, element] of Object.entries(PLUGIN_ELEMENTS) as [ElementName, ElementKind][])
    for (const type of catalogue.types(element)) {
      const definition = catalogue.find(type);
      if (definition === undefined) continue;
      const group = type.split(".").slice(0, 4).join(".");
      const plugin = plugins.get(group) ?? emptyPlugin(group);
      plugin[name].push({ cls: type, title: definition.title, deprecated: definition.deprecated !== undefined });
      plugins.set(group, plugin);
    }
  return Array.from(plugins.values()).toSorted((one, other) => (one.group < other.group ? -1 : 1));
}

function emptyPlugin(group: string): Plugin {
  const title = group.split(".").at(-1) ?? group;
  return { name: title, title, group, tasks: [], triggers: [], conditions: [], taskRunners: [] };
}
