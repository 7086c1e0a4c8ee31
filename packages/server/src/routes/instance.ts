import type { instanceRoutes } from "@capstan/api";
import type { Catalogue, ElementKind, TypeDefinition } from "@capstan/model";
import { z } from "zod";
import type { Handlers } from "../mount.ts";
import { Refusal } from "../refusal.ts";
import { readCriteria, type FieldRules } from "../requests/criteria.ts";
import { sliceOf } from "../requests/page.ts";
import type { Service } from "../service.ts";

const RULES: FieldRules<object> = { q: { flat: "EQUALS", operators: ["EQUALS", "CONTAINS"], apply: () => {} } };

/** Settings and the catalogue of plugins: the same for all tenants. */
export function instanceHandlers(service: Service): Handlers<typeof instanceRoutes> {
  const { catalogue, isAuthenticated, version } = service;
  return {
    getConfiguration: () => ({
      version,
      edition: "OSS",
      isBasicAuthEnabled: isAuthenticated,
      isBasicAuthInitialized: isAuthenticated,
      isAnonymousUsageEnabled: false,
      isUiAnonymousUsageEnabled: false,
      isTemplateEnabled: false,
      isTaskRunEnabled: false,
      isAiEnabled: false,
      systemNamespace: "system",
      hiddenLabelsPrefixes: ["system."],
      chartDefaultDuration: "P30D",
      preview: { initial: 100, max: 5000 },
    }),
    getLoginConfiguration: () => ({ isBasicAuthInitialized: isAuthenticated }),
    listPlugins: ({ query }) => {
      const text = (readCriteria(query, RULES)[0]?.values[0] ?? "").toLowerCase();
      return sliceOf(
        listPlugins(catalogue).filter((plugin) => JSON.stringify(plugin).toLowerCase().includes(text)),
        query,
      );
    },
    listPluginGroups: () => listPlugins(catalogue),
    getPluginSchema: ({ parameters: { type }, query }) => {
      const schema = service.jsonSchema(type.toLowerCase());
      if (schema === undefined) throw new Refusal("schema-not-found", 404, `There is no schema of "${type}"`);
      return query.arrayOf ? { type: "array", items: schema } : schema;
    },
    getPluginDocumentation: ({ parameters: { cls } }) => {
      const definition = catalogue.find(cls);
      if (definition === undefined) throw new Refusal("type-not-found", 404, `No plugin provides the type "${cls}"`);
      return documentation(definition);
    },
  };
}

const ELEMENTS = { tasks: "task", triggers: "trigger", conditions: "condition", taskRunners: "taskRunner" } as const;
type ElementName = keyof typeof ELEMENTS;
type Element = { cls: string; title: string; deprecated: boolean };
type Plugin = { name: string; title: string; group: string } & Record<ElementName, Element[]>;

/** Types by the package before their names, as `io.kestra.plugin.aws`. */
function listPlugins(catalogue: Catalogue): readonly Plugin[] {
  const plugins = new Map<string, Plugin>();
  for (const [name, element] of Object.entries(ELEMENTS) as [ElementName, ElementKind][])
    for (const type of catalogue.types(element)) {
      const definition = catalogue.find(type);
      if (definition === undefined) continue;
      const group = type.split(".").slice(0, 4).join(".");
      const title = group.split(".").at(-1) ?? group;
      const plugin = plugins.get(group) ?? {
        name: title,
        title,
        group,
        tasks: [],
        triggers: [],
        conditions: [],
        taskRunners: [],
      };
      plugin[name].push({ cls: type, title: definition.title, deprecated: definition.deprecated !== undefined });
      plugins.set(group, plugin);
    }
  return Array.from(plugins.values()).toSorted((one, other) => (one.group < other.group ? -1 : 1));
}

function documentation({ type, title, description, examples = [], properties, outputs }: TypeDefinition) {
  const shown = examples.map((example) => `### ${example.title}\n\n\`\`\`yaml\n${example.code.trimEnd()}\n\`\`\``);
  const jsonSchema = (schema: z.ZodObject) => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return {
    markdown: [`# ${title}`, `\`${type}\``, ...(description === undefined ? [] : [description]), ...shown].join("\n\n"),
    schema: {
      properties: jsonSchema(properties),
      outputs: outputs === undefined ? {} : jsonSchema(outputs),
      definitions: {},
    },
  };
}
