import { z } from "zod";
import type { Catalogue, ElementKind, TypeDefinition } from "./catalogue.ts";
import { metaOf, schemaOf } from "./checks/schema-shape.ts";
import { OMITTED_PREFIX } from "./create-catalogue.ts";
import type { JsonMap, JsonValue } from "./flow.ts";
import { asJson, isJsonMap } from "./json-value.ts";
import { ID_LENGTHS, PATTERNS, TASK_COMMON, TRIGGER_COMMON } from "./schemas/common.ts";
import { BATCH, CONCURRENCY, DEBOUNCE, QUOTA } from "./schemas/flow-control.ts";
import { CHECK, FLOW, LISTENER, PLUGIN_DEFAULT, SLA } from "./schemas/flow.ts";
import { FORM, INPUT_TYPE_ALIASES, INPUTS, OUTPUT } from "./schemas/input.ts";
import { RETRY } from "./schemas/retry.ts";

/** A JSON Schema under construction. */
type Schema = Record<string, JsonValue>;

const reference = (name: string): Schema => ({ $ref: `#/$defs/${name}` });
const listOf = (name: string): Schema => ({ type: "array", items: reference(name) });

/**
 * JSON Schema (draft 2020-12) of a whole flow, for editors: every task, trigger, condition and task runner of the
 * catalogue, told apart by `type`. Types that the catalogue does not know are allowed with any properties.
 */
export function jsonSchema(catalogue: Catalogue): JsonMap {
  const definitions: Schema = {};
  addElements(definitions, catalogue, "task", TASK_COMMON, { id: identifier("taskId"), retry: reference("retry") });
  addElements(definitions, catalogue, "trigger", TRIGGER_COMMON, { id: identifier("taskId") });
  addElements(definitions, catalogue, "condition", z.object({ type: z.string() }), {});
  addElements(definitions, catalogue, "taskRunner", z.object({ type: z.string(), version: z.string().optional() }), {});
  definitions["retry"] = { oneOf: Object.values(RETRY).map(converted) };
  definitions["sla"] = { oneOf: Object.values(SLA).map(converted) };
  definitions["input"] = inputSchema();
  definitions["output"] = described(
    withProperties(converted(OUTPUT), { id: identifier("inputId"), type: inputTypes() }),
    OUTPUT,
  );
  definitions["check"] = converted(CHECK);
  definitions["concurrency"] = converted(CONCURRENCY);
  definitions["quota"] = converted(QUOTA);
  definitions["debounce"] = converted(DEBOUNCE);
  definitions["batch"] = converted(BATCH);
  definitions["pluginDefault"] = converted(PLUGIN_DEFAULT);
  definitions["listener"] = described(
    withProperties(converted(LISTENER), { conditions: listOf("condition"), tasks: tasks(1) }),
    LISTENER,
  );
  definitions["dagTask"] = {
    type: "object",
    required: ["task"],
    properties: {
      task: { title: "The task", ...reference("task") },
      dependsOn: { description: "Ids of tasks to wait for.", type: "array", items: { type: "string" } },
    },
    additionalProperties: false,
  };
  const flow = described(
    withProperties(converted(FLOW), {
      id: identifier("flowId"),
      namespace: identifier("namespace"),
      inputs: listOf("input"),
      outputs: listOf("output"),
      tasks: tasks(1),
      errors: tasks(0),
      finally: tasks(0),
      afterExecution: tasks(0),
      listeners: { ...listOf("listener"), deprecated: true },
      triggers: listOf("trigger"),
      pluginDefaults: listOf("pluginDefault"),
      taskDefaults: { ...listOf("pluginDefault"), deprecated: true },
      concurrency: { anyOf: [reference("concurrency"), listOf("concurrency")] },
      quotas: listOf("quota"),
      debounce: reference("debounce"),
      batch: reference("batch"),
      retry: reference("retry"),
      sla: listOf("sla"),
      checks: listOf("check"),
    }),
    FLOW,
  );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:capstan:flow",
    title: "Capstan flow",
    description: "Tasks, what starts them, and what they are started with.",
    ...emptied({ ...flow, required: ["id", "namespace", "tasks"] }),
    $defs: Object.fromEntries(Object.entries(definitions).map(([name, schema]) => [name, withEmpty(schema)])),
  };
}

/** Properties that are replaced by references keep the titles and descriptions that their schemas have. */
function described(target: Schema, source: z.ZodObject): Schema {
  const properties = Object.entries(propertiesOf(target)).map(([name, schema]) => {
    const own = source.shape[name] === undefined ? {} : metaOf(source.shape[name]);
    const { title, description } = own;
    if (!isJsonMap(schema)) return [name, schema] as const;
    return [
      name,
      { ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }), ...schema },
    ] as const;
  });
  return { ...target, properties: Object.fromEntries(properties) };
}

/** A property that may be left out may also stand there without a value, which YAML reads as null. */
function withEmpty(schema: JsonValue): JsonValue {
  if (isList(schema)) return schema.map(withEmpty);
  return isJsonMap(schema) ? emptied(schema) : schema;
}

function emptied(schema: JsonMap): JsonMap {
  const required = new Set(requiredOf(schema));
  const isObject = schema["type"] === "object" && schema["additionalProperties"] !== undefined;
  const entries = Object.entries(schema).map(([key, value]) => {
    if (key !== "properties" || !isJsonMap(value)) return [key, withEmpty(value)] as const;
    const properties = Object.entries(value).map(([name, property]) => {
      const inner = withEmpty(property);
      return [name, isObject && isJsonMap(inner) && !required.has(name) ? orEmpty(inner) : inner] as const;
    });
    return [key, Object.fromEntries(properties)] as const;
  });
  return Object.fromEntries(entries);
}

function orEmpty(schema: JsonMap): JsonMap {
  const { type, enum: words, anyOf, oneOf, $ref, ...rest } = schema;
  if (typeof $ref === "string" && $ref.startsWith(`#/$defs/${COMMON}`)) return schema;
  if ($ref !== undefined) return { ...rest, anyOf: [{ $ref }, { type: "null" }] };
  if (oneOf !== undefined) return { ...rest, anyOf: [{ oneOf }, { type: "null" }] };
  if (isList(anyOf)) return { ...rest, anyOf: [...anyOf, { type: "null" }] };
  return {
    ...rest,
    ...(typeof type === "string" ? { type: [type, "null"] } : isList(type) ? { type: [...type, "null"] } : {}),
    ...(isList(words) ? { enum: [...words, null] } : {}),
  };
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function tasks(minimum: number): Schema {
  return minimum === 0 ? listOf("task") : { ...listOf("task"), minItems: minimum };
}

function identifier(name: keyof typeof PATTERNS): Schema {
  return { type: ["string", "number"], pattern: `${PATTERNS[name]}$`, maxLength: ID_LENGTHS[name] };
}

/** Begins the names of definitions of what all tasks or all triggers have. */
const COMMON = "common.";

/** One definition for the kind of element, which leads on to one definition for each type. */
function addElements(
  definitions: Schema,
  catalogue: Catalogue,
  element: ElementKind,
  common: z.ZodObject,
  commonParts: Schema,
): void {
  const branches: Schema[] = [];
  const names: string[] = [];
  const shared = described(withProperties(converted(common), commonParts), common);
  for (const [name, schema] of Object.entries(propertiesOf(shared)))
    if (isJsonMap(schema))
      definitions[`${COMMON}${element}.${name}`] = requiredOf(shared).includes(name) ? schema : orEmpty(schema);
  for (const type of catalogue.types(element)) {
    const definition = catalogue.find(type);
    if (definition === undefined) continue;
    const spellings = spellingsOf(definition);
    names.push(...spellings);
    definitions[type] = elementSchema(definition, common, requiredOf(shared), spellings);
    branches.push({
      if: { properties: { type: { enum: spellings } }, required: ["type"] },
      // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
      then: reference(type),
    });
  }
  definitions[element] = {
    type: "object",
    required: "id" in common.shape ? ["id", "type"] : ["type"],
    properties: { type: { title: `Type of the ${element}`, anyOf: [{ enum: names }, { type: "string" }] } },
    allOf: branches,
  };
}

function spellingsOf({ type, aliases }: TypeDefinition): string[] {
  const short = type.startsWith(OMITTED_PREFIX) ? [type.slice(OMITTED_PREFIX.length)] : [];
  return [type, ...short, ...(aliases ?? [])];
}

function elementSchema(
  definition: TypeDefinition,
  common: z.ZodObject,
  required: readonly JsonValue[],
  spellings: readonly string[],
): Schema {
  const own = described(converted(definition.properties), definition.properties);
  const sharedProperties = Object.fromEntries(
    Object.keys(common.shape).map((name) => [name, reference(`${COMMON}${definition.element}.${name}`)]),
  );
  return {
    title: definition.title,
    ...(definition.description === undefined ? {} : { description: definition.description }),
    ...(definition.deprecated === undefined ? {} : { deprecated: true }),
    ...(definition.examples === undefined ? {} : { examples: definition.examples.map(({ code }) => code) }),
    type: "object",
    required: [...new Set([...required, ...requiredOf(own)])],
    properties: { ...sharedProperties, ...propertiesOf(own), type: { title: definition.title, enum: spellings } },
    additionalProperties: own["additionalProperties"] ?? false,
  };
}

function inputSchema(): Schema {
  const spelled = (type: string) => [
    type,
    ...Object.keys(INPUT_TYPE_ALIASES).filter((old) => INPUT_TYPE_ALIASES[old] === type),
  ];
  const branches = Object.entries({ ...INPUTS, FORM }).map(([type, schema]) => ({
    if: { properties: { type: { enum: spelled(type) } }, required: ["type"] },
    // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
    then: {
      ...described(
        withProperties(converted(schema), { id: identifier("inputId"), type: { enum: spelled(type) } }),
        schema,
      ),
      required: ["type"],
    },
  }));
  return { type: "object", required: ["type"], properties: { type: inputTypes(["FORM"]) }, allOf: branches };
}

function inputTypes(more: readonly string[] = []): Schema {
  return { title: "Type of the value", enum: [...Object.keys(INPUTS), ...Object.keys(INPUT_TYPE_ALIASES), ...more] };
}

/** The JSON Schema of a zod schema, with the language's own marks turned into references. */
function converted(schema: z.ZodType): Schema {
  const made = asJson(
    z.toJSONSchema(schema, {
      io: "input",
      unrepresentable: "any",
      override: ({ zodSchema, jsonSchema: target, path }) => replaceMarked(schemaOf(zodSchema), target, path),
    }),
  );
  const { $schema: _, ...result } = isJsonMap(made) ? made : {};
  return { additionalProperties: false, ...result };
}

const OWN_MARKS = [
  "children",
  "notEmpty",
  "inputs",
  "conditions",
  "renamedTo",
  "foreignContext",
  "renderedByTask",
  "dynamic",
  "secret",
];

function replaceMarked(schema: z.ZodType, target: Record<string, unknown>, path: readonly (string | number)[]): void {
  const meta = metaOf(schema);
  for (const mark of OWN_MARKS) if (mark in target) delete target[mark];
  const replacement = replacementOf(meta, path.at(-1));
  if (replacement !== undefined) {
    for (const key of Object.keys(target)) delete target[key];
    Object.assign(target, replacement);
  }
  if (meta.dynamic !== undefined) target["x-capstan-dynamic"] = meta.dynamic;
  if (meta.renamedTo !== undefined || meta.deprecated === true) target["deprecated"] = true;
  if (target["type"] === "object" && target["properties"] !== undefined && !("additionalProperties" in target))
    target["additionalProperties"] = false;
}

function replacementOf(meta: ReturnType<typeof metaOf>, property: string | number | undefined): Schema | undefined {
  if (meta.children !== undefined) {
    const minimum = meta.notEmpty === undefined ? 0 : 1;
    if (meta.children === "tasks") return tasks(minimum);
    if (meta.children === "dag") return { ...listOf("dagTask"), minItems: minimum };
    return meta.children === "task" ? reference("task") : { type: "object", additionalProperties: listOf("task") };
  }
  if (meta.inputs === true) return listOf("input");
  if (meta.conditions === "list") return listOf("condition");
  if (meta.conditions === "map") return { type: "object", additionalProperties: reference("condition") };
  return property === "taskRunner" ? reference("taskRunner") : undefined;
}

function withProperties(schema: Schema, properties: Schema): Schema {
  return { ...schema, properties: { ...propertiesOf(schema), ...properties } };
}

function propertiesOf(schema: JsonMap): JsonMap {
  const properties = schema["properties"];
  return isJsonMap(properties) ? properties : {};
}

function requiredOf(schema: JsonMap): readonly JsonValue[] {
  const required = schema["required"];
  return isJsonMap(required) || !Array.isArray(required) ? [] : required;
}
