import type { instanceRoutes } from "@capstan/api";
import { filterNames, languageReference } from "@capstan/expression";
import {
  type Catalogue,
  type ElementKind,
  INPUTS,
  type JsonMap,
  taskKindOf,
  type TypeDefinition,
} from "@capstan/model";
import { z } from "zod";
import type { Handlers } from "../mount.ts";
import { iconOf } from "../presentation/icon.ts";
import { Refusal } from "../refusal.ts";
import { nameRules, passesName } from "../requests/filters.ts";
import { readFilter } from "../requests/read-filter.ts";
import { sliceOf } from "../requests/page.ts";
import type { ApiService, Service } from "../service.ts";

/** Settings and the catalogue of plugins: the same for all tenants. */
export function instanceHandlers(service: ApiService): Handlers<typeof instanceRoutes> {
  const { catalogue, version } = service;
  const isAuthenticated = service.authenticator !== undefined;
  const schemaOf = (kind: string) => schemaOfKind(service, kind.toLowerCase());
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
      isCustomDashboardsEnabled: false,
      isConcurrencyViewEnabled: true,
      url: service.publicUrl,
      systemNamespace: "system",
      hiddenLabelsPrefixes: ["system."],
      chartDefaultDuration: "P30D",
      preview: { initial: 100, max: 5000 },
    }),
    getLoginConfiguration: () => ({ isBasicAuthInitialized: isAuthenticated }),
    listPlugins: async ({ tenant, query }) => {
      const filter = await readFilter(service, query, { tenant }, nameRules);
      return sliceOf(
        listPlugins(catalogue).filter((plugin) => passesName(JSON.stringify(plugin), filter)),
        query,
      );
    },
    listPluginGroups: () => listPlugins(catalogue),
    getPluginSchema: ({ parameters: { type }, query }) => {
      const schema = schemaOf(type);
      const { $schema, $defs, ...item } = schema;
      return query.arrayOf ? { $schema, type: "array", items: item, $defs } : schema;
    },
    getPluginDocumentation: ({ parameters: { cls } }) => documentation(existingType(catalogue, cls)),
    getPluginProperties: ({ parameters: { type } }) => {
      const { properties = {} } = schemaOf(type) as { readonly properties?: object };
      return properties;
    },
    listPluginIcons: () =>
      Object.fromEntries(
        Object.values(ELEMENTS).flatMap((element) =>
          Array.from(
            catalogue.types(element),
            (type) => [type, iconOf(type, taskKindOf(type) === "flowable")] as const,
          ),
        ),
      ),
    getPluginIcon: ({ parameters: { cls } }) => ({ icon: iconOfType(existingType(catalogue, cls)) }),
    getPluginIconImage: ({ parameters: { cls } }) =>
      Buffer.from(iconOfType(existingType(catalogue, cls)).icon, "base64").toString(),
    listPluginGroupIcons: () =>
      Object.fromEntries(listPlugins(catalogue).map(({ group }) => [group, iconOf(group, false)])),
    listInputTypes: () => Object.keys(INPUTS).map((type) => ({ type, cls: inputClass(type) })),
    getInputType: ({ parameters: { type } }) => {
      const known = Object.entries(INPUTS).find(([name]) => name === type.toUpperCase() || inputClass(name) === type);
      if (known === undefined) throw new Refusal("type-not-found", 404, `There is no type of inputs "${type}"`);
      const [name, properties] = known;
      return {
        markdown: `# ${name}\n\nAn input of the type \`${name}\`.`,
        schema: { properties: jsonSchema(properties), outputs: {}, definitions: {} },
      };
    },
    listPluginTriggers: async ({ tenant, query }) => {
      const filter = await readFilter(service, query, { tenant }, nameRules);
      const triggers = Array.from(catalogue.types("trigger"), (type) => existingType(catalogue, type))
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
        throw new Refusal("version-not-found", 404, `The type "${cls}" is installed as ${version} only`);
      return documentation(definition);
    },
    listFilters: () => filterNames,
    listFunctions: () =>
      [...languageReference().functions, ...languageReference().hostFunctions].map(({ name, parameters = [] }) => ({
        name,
        arguments: parameters.map((parameter) => ({
          name: parameter.name,
          ...(parameter.fallback !== undefined && { defaultValue: String(parameter.fallback) }),
        })),
      })),
  };
}

function iconOfType({ type }: TypeDefinition) {
  return iconOf(type, taskKindOf(type) === "flowable");
}

function jsonSchema(schema: z.ZodObject): object {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}

/** The schema of flows, or the part of it that is a task or a trigger, with its definitions. Throws 404. */
function schemaOfKind({ jsonSchema }: Service, kind: string): JsonMap {
  const own = jsonSchema(kind);
  if (own !== undefined) return own;
  const flow = jsonSchema("flow");
  const definitions = (flow?.["$defs"] ?? {}) as JsonMap;
  const name = Object.keys(definitions).find((one) => one.toLowerCase() === kind);
  if (flow === undefined || name === undefined)
    throw new Refusal("schema-not-found", 404, `There is no schema of "${kind}"`);
  return { $schema: flow["$schema"] ?? "", ...(definitions[name] as JsonMap), $defs: definitions };
}

/** As clients name the types of inputs. */
function inputClass(type: string): string {
  const name = type === "DATETIME" ? "DateTime" : type === "MULTISELECT" ? "Multiselect" : type;
  const cased = name === type && !SHORT.has(type) ? `${type[0]}${type.slice(1).toLowerCase()}` : name;
  return `io.kestra.core.models.flows.input.${cased}Input`;
}

const SHORT: ReadonlySet<string> = new Set(["URI"]);

/** Throws 404. */
function existingType(catalogue: Catalogue, type: string): TypeDefinition {
  const definition = catalogue.find(type);
  if (definition === undefined) throw new Refusal("type-not-found", 404, `No plugin provides the type "${type}"`);
  return definition;
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
  return {
    markdown: [`# ${title}`, `\`${type}\``, ...(description === undefined ? [] : [description]), ...shown].join("\n\n"),
    schema: {
      properties: jsonSchema(properties),
      outputs: outputs === undefined ? {} : jsonSchema(outputs),
      definitions: {},
    },
  };
}
