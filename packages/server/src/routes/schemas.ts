import type { schemaRoutes } from "@capstan/api";
import { INPUTS, type JsonMap } from "@capstan/model";
import type { Handlers } from "../mount.ts";
import { jsonSchemaOf } from "../presentation/json-schema.ts";
import { Refusal } from "../refusal.ts";
import type { Service } from "../service.ts";

export function schemaHandlers(service: Service): Handlers<typeof schemaRoutes> {
  const schemaOf = (kind: string) => schemaOfKind(service, kind.toLowerCase());
  return {
    getPluginSchema: ({ parameters: { type }, query }) => {
      const schema = schemaOf(type);
      const { $schema, $defs, ...item } = schema;
      return query.arrayOf ? { $schema, type: "array", items: item, $defs } : schema;
    },
    getPluginProperties: ({ parameters: { type } }) => {
      const { properties = {}, required = [] } = schemaOf(type);
      return { properties, required };
    },
    listInputTypes: () => Object.keys(INPUTS).map((type) => ({ type, cls: inputClass(type) })),
    getInputType: ({ parameters: { type } }) => {
      const known = Object.entries(INPUTS).find(([name]) => name === type.toUpperCase() || inputClass(name) === type);
      if (known === undefined) throw new Refusal("type-not-found", `There is no type of inputs "${type}"`);
      const [name, properties] = known;
      return {
        markdown: `# ${name}\n\nAn input of the type \`${name}\`.`,
        schema: { properties: jsonSchemaOf(properties), outputs: {}, definitions: {} },
      };
    },
  };
}

/** The schema of flows, or the part of it that is a task or a trigger, with its definitions. Throws 404. */
function schemaOfKind({ jsonSchema }: Service, kind: string): JsonMap {
  const own = jsonSchema(kind);
  if (own !== undefined) return own;
  const flow = jsonSchema("flow");
  const definitions = (flow?.["$defs"] ?? {}) as JsonMap;
  const name = Object.keys(definitions).find((one) => one.toLowerCase() === kind);
  if (flow === undefined || name === undefined)
    throw new Refusal("schema-not-found", `There is no schema of "${kind}"`);
  return { $schema: flow["$schema"] ?? "", ...(definitions[name] as JsonMap), $defs: definitions };
}

/** As clients name the types of inputs. */
function inputClass(type: string): string {
  const name = type === "DATETIME" ? "DateTime" : type === "MULTISELECT" ? "Multiselect" : type;
  const cased = name === type && !SHORT.has(type) ? `${type[0]}${type.slice(1).toLowerCase()}` : name;
  return `io.kestra.core.models.flows.input.${cased}Input`;
}

const SHORT: ReadonlySet<string> = new Set(["URI"]);
