import {
  describeType,
  type JsonMap,
  type JsonValue,
  type PropertyRenderer,
  renderedByTask,
  resolveProperties,
  type TaskContext,
  TaskFailure,
  type TypeDefinition,
} from "@capstan/sdk";
import { z } from "zod";

/** Part of a task that has a type of its own, such as a tool. What it is made of is checked by the definition of the type. */
export const element = () => z.looseObject({ type: z.string().describe("Which type.") });
/** The same as a property of a task, which is rendered when it is used. */
export const lateElement = () => renderedByTask(element());
/** A list of them, or an expression that gives one. */
export const lateElements = () => renderedByTask(z.union([z.array(element()), z.string()]));

export type Element = z.output<ReturnType<typeof element>>;

/** A type of such parts, and what is made of one. */
export interface ElementKind<Made, Properties extends z.ZodObject = z.ZodObject> {
  /** Without `io.kestra.plugin.`, which may be left out everywhere. */
  readonly type: string;
  readonly aliases: readonly string[];
  readonly title: string;
  readonly properties: () => Properties;
  /** A method, so that kinds with different properties are one list. */
  make(context: TaskContext<unknown>, properties: z.output<Properties>): Promise<Made> | Made;
}

const PREFIX = "io.kestra.plugin.";

/** Keeps the types of the properties of one kind. */
export function elementKind<Made, Properties extends z.ZodObject>(
  kind: ElementKind<Made, Properties>,
): ElementKind<Made> {
  return kind;
}

/** What may stand at such a place, for the checks of a flow. */
export function elementTypes(kinds: readonly ElementKind<unknown>[]): readonly TypeDefinition[] {
  return kinds.map(({ type, aliases, title, properties }) =>
    describeType({
      type: PREFIX + type,
      aliases: aliases.map((alias) => PREFIX + alias),
      element: "other",
      title,
      properties,
    }),
  );
}

/** What is rendered is not rendered again: it may hold texts of others. */
const AS_IT_IS: PropertyRenderer = { render: (text) => text, evaluate: (value) => value };

/** Renders a part as a flow has it. */
export async function renderedElement(context: TaskContext<unknown>, written: Element): Promise<Element> {
  return (await context.evaluate(written)) as Element;
}

/** Makes what a rendered part stands for. Throws `TaskFailure` for a type that none of the kinds has, and for wrong properties. */
export async function madeOf<Made>(
  context: TaskContext<unknown>,
  kinds: readonly ElementKind<Made>[],
  written: Element,
): Promise<Made> {
  const kind = kindOf(kinds, written);
  const { type: _type, version: _version, ...own } = written;
  return kind.make(context, checkedPart(context, kind.properties(), own as JsonMap, written.type));
}

/** Throws `TaskFailure` with all types that there are, when this is none of them. */
export function kindOf<Made>(kinds: readonly ElementKind<Made>[], { type }: Element): ElementKind<Made> {
  const name = type.startsWith(PREFIX) ? type.slice(PREFIX.length) : type;
  const kind = kinds.find((each) => each.type === name || each.aliases.includes(name));
  if (kind !== undefined) return kind;
  const known = kinds.map((each) => each.type).join(", ");
  throw new TaskFailure(`"${type}" is none of the types that can stand here. There are: ${known}.`);
}

/** Converts and checks a rendered part, and hides its secrets. `what` is what it is called in messages. */
export function checkedPart<Schema extends z.ZodObject>(
  { mask }: Pick<TaskContext<unknown>, "mask">,
  schema: Schema,
  rendered: JsonMap,
  what: string,
): z.output<Schema> {
  hideSecrets(schema, rendered, mask);
  const resolved = resolveProperties(schema, rendered, AS_IT_IS);
  if ("error" in resolved) throw new TaskFailure(`${what}: ${resolved.error}`);
  return resolved.properties;
}

interface SchemaParts {
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly innerType?: z.ZodType;
}

/** Masks each text below a part of the schema that is marked secret, as the platform does with the properties of a task. */
function hideSecrets(schema: z.ZodType, value: JsonValue | undefined, mask: (value: string) => void): void {
  if (value === undefined || value === null) return;
  if (schema.meta()?.secret === true) return maskTexts(value, mask);
  const { shape, element: item, valueType, options = [], innerType } = schema.def as SchemaParts;
  if (innerType !== undefined) return hideSecrets(innerType, value, mask);
  for (const option of options) hideSecrets(option, value, mask);
  if (Array.isArray(value)) {
    if (item !== undefined) for (const one of value) hideSecrets(item, one, mask);
  } else if (typeof value === "object")
    for (const [name, one] of Object.entries(value)) {
      const part = shape !== undefined && Object.hasOwn(shape, name) ? shape[name] : valueType;
      if (part !== undefined) hideSecrets(part, one, mask);
    }
}

function maskTexts(value: JsonValue | undefined, mask: (value: string) => void): void {
  if (typeof value === "string" && value !== "") mask(value);
  else if (typeof value === "object" && value !== null) for (const one of Object.values(value)) maskTexts(one, mask);
}

/** The parts of a list, which may be an expression; types are known before anything is rendered. Throws `TaskFailure`. */
export async function renderedElements(
  context: TaskContext<unknown>,
  written: readonly Element[] | string | undefined,
  name: string,
): Promise<readonly Element[]> {
  if (written === undefined) return [];
  const rendered = await context.evaluate(written);
  const read = z.array(element()).safeParse(typeof rendered === "string" ? jsonOf(rendered) : rendered);
  if (read.success) return read.data;
  throw new TaskFailure(`\`${name}\` is no list of maps that have a \`type\` each.`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Told by the caller, as any other wrong value.
  }
}
