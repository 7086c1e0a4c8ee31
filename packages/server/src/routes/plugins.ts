import type { pluginRoutes } from "@capstan/api";
import type { Catalogue, TypeDefinition } from "@capstan/model";
import type { Handlers } from "../mount.ts";
import { jsonSchemaOf } from "../presentation/json-schema.ts";
import { PLUGIN_ELEMENTS, pluginsOf } from "../presentation/plugins.ts";
import { Refusal } from "../refusal.ts";
import { nameRules, passesName } from "../requests/filters.ts";
import { sliceOf } from "../requests/page.ts";
import { readFilter } from "../requests/read-filter.ts";
import type { Service } from "../service.ts";

/** The catalogue of plugins: the same for all tenants. */
export function pluginHandlers(service: Service): Handlers<typeof pluginRoutes> {
  const { catalogue, version } = service;
  return {
    listPlugins: async ({ tenant, query }) => {
      const filter = await readFilter(service, query, { tenant }, nameRules);
      return sliceOf(
        pluginsOf(catalogue).filter((plugin) => passesName(JSON.stringify(plugin), filter)),
        query,
      );
    },
    listPluginGroups: () => pluginsOf(catalogue),
    listPluginTriggers: async ({ tenant, query }) => {
      const filter = await readFilter(service, query, { tenant }, nameRules);
      const triggers = Array.from(catalogue.types(PLUGIN_ELEMENTS.triggers), (type) => existingType(catalogue, type))
        .filter(({ type, title }) => passesName(`${type} ${title}`, filter))
        .map(({ type, title, description, deprecated }) => ({
          type,
          name: title,
          description,
          group: type.startsWith("io.kestra.plugin.core.") ? "core" : "app",
          deprecated: deprecated !== undefined,
        }));
      return sliceOf(triggers, query);
    },
    listPluginVersions: ({ parameters: { cls } }) => ({
      type: existingType(catalogue, cls).type,
      versions: [version],
    }),
    getPluginVersion: ({ parameters: { cls, version: wanted } }) => {
      const definition = existingType(catalogue, cls);
      if (wanted !== version)
        throw new Refusal("version-not-found", `The type "${cls}" is installed as ${version} only`);
      return documentation(definition);
    },
    getPluginDocumentation: ({ parameters: { cls } }) => documentation(existingType(catalogue, cls)),
  };
}

/** Throws 404. */
export function existingType(catalogue: Catalogue, type: string): TypeDefinition {
  const definition = catalogue.find(type);
  if (definition === undefined) throw new Refusal("type-not-found", `No plugin provides the type "${type}"`);
  return definition;
}

function documentation({ type, title, description, examples = [], properties, outputs }: TypeDefinition) {
  const shown = examples.map((example) => `### ${example.title}\n\n\`\`\`yaml\n${example.code.trimEnd()}\n\`\`\``);
  return {
    markdown: [`# ${title}`, `\`${type}\``, ...(description === undefined ? [] : [description]), ...shown].join("\n\n"),
    schema: {
      properties: jsonSchemaOf(properties),
      outputs: outputs === undefined ? {} : jsonSchemaOf(outputs),
      definitions: {},
    },
  };
}
