import { TaskFailure } from "@capstan/sdk";

/** A type of Avro, with names resolved: a record may be within itself. */
export type AvroType =
  | { readonly kind: "null" | "boolean" | "float" | "double" }
  | { readonly kind: "int"; readonly logical: "date" | "time-millis" | undefined }
  | { readonly kind: "long"; readonly logical: LongLogical | undefined }
  | { readonly kind: "string"; readonly logical: "uuid" | undefined }
  | { readonly kind: "bytes"; readonly decimal: Decimal | undefined }
  | { readonly kind: "fixed"; readonly size: number; readonly decimal: Decimal | undefined }
  | { readonly kind: "enum"; readonly symbols: readonly string[] }
  | { readonly kind: "array"; readonly items: AvroType }
  | { readonly kind: "map"; readonly values: AvroType }
  | { readonly kind: "union"; readonly branches: readonly AvroType[] }
  | AvroRecord;

export type LongLogical =
  | "time-micros"
  | "timestamp-millis"
  | "timestamp-micros"
  | "local-timestamp-millis"
  | "local-timestamp-micros";

export interface Decimal {
  readonly precision: number;
  readonly scale: number;
}

export interface AvroRecord {
  readonly kind: "record";
  readonly name: string;
  readonly fields: readonly AvroField[];
}

export interface AvroField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: AvroType;
  /** Undefined without one. */
  readonly default: unknown;
}

/** Names may have dots: those of a namespace. */
const NAME = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;
const LONG_LOGICALS: readonly string[] = [
  "time-micros",
  "timestamp-millis",
  "timestamp-micros",
  "local-timestamp-millis",
  "local-timestamp-micros",
] satisfies readonly LongLogical[];

type Json = Readonly<Record<string, unknown>>;

interface Names {
  readonly known: Map<string, AvroType>;
  /** Whether fields may be named as Avro doesn't allow. */
  readonly areFree: boolean;
}

/** Reads a schema of records, as JSON or as its text. Throws `TaskFailure` that says what is wrong with it. */
export function parseAvroSchema(schema: unknown, options: { readonly anyNames?: boolean } = {}): AvroRecord {
  const json = typeof schema === "string" ? parsed(schema) : schema;
  const type = typeOf(json, { known: new Map(), areFree: options.anyNames === true }, "");
  if (type.kind !== "record") throw invalid(`it is of the type ${type.kind}; records need the type "record"`);
  return type;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}

function typeOf(json: unknown, names: Names, namespace: string): AvroType {
  if (Array.isArray(json)) return unionOf(json, names, namespace);
  if (typeof json === "string") return primitiveOf(json, {}) ?? known(json, names, namespace);
  if (typeof json !== "object" || json === null) throw invalid(`${JSON.stringify(json)} is no type`);
  const definition = json as Json;
  const { type } = definition;
  switch (type) {
    case "record":
      return recordOf(definition, names, namespace);
    case "enum":
      return named(definition, names, namespace, { kind: "enum", symbols: textsOf(definition, "symbols") });
    case "fixed":
      return named(definition, names, namespace, fixedOf(definition));
    case "array":
      return { kind: "array", items: typeOf(definition["items"], names, namespace) };
    case "map":
      return { kind: "map", values: typeOf(definition["values"], names, namespace) };
    default:
      return (typeof type === "string" ? primitiveOf(type, definition) : undefined) ?? typeOf(type, names, namespace);
  }
}

function primitiveOf(name: string, definition: Json): AvroType | undefined {
  const logical = definition["logicalType"];
  switch (name) {
    case "null":
    case "boolean":
    case "float":
    case "double":
      return { kind: name };
    case "int":
      return { kind: "int", logical: logical === "date" || logical === "time-millis" ? logical : undefined };
    case "long":
      return { kind: "long", logical: LONG_LOGICALS.includes(String(logical)) ? (logical as LongLogical) : undefined };
    case "string":
      return { kind: "string", logical: logical === "uuid" ? logical : undefined };
    case "bytes":
      return { kind: "bytes", decimal: decimalOf(definition) };
    default:
      return undefined;
  }
}

function known(name: string, { known }: Names, namespace: string): AvroType {
  const type = known.get(fullName(name, namespace)) ?? known.get(name);
  if (type === undefined) throw invalid(`the type "${name}" is not known`);
  return type;
}

function unionOf(json: readonly unknown[], names: Names, namespace: string): AvroType {
  const branches = json.map((branch) => typeOf(branch, names, namespace));
  if (branches.length === 0 || branches.some(({ kind }) => kind === "union"))
    throw invalid("a union must have types, and none that is a union");
  return { kind: "union", branches };
}

function recordOf(definition: Json, names: Names, namespace: string): AvroType {
  const fields: AvroField[] = [];
  const record = named(definition, names, namespace, { kind: "record", name: String(definition["name"]), fields });
  const inner = fullName(String(definition["name"]), String(definition["namespace"] ?? namespace))
    .split(".")
    .slice(0, -1)
    .join(".");
  if (!Array.isArray(definition["fields"]))
    throw invalid(`the record ${String(definition["name"])} has no list "fields"`);
  for (const field of definition["fields"] as readonly Json[]) {
    const name = String(field["name"] ?? "");
    if (!names.areFree && !NAME.test(name))
      throw invalid(`"${name}" can't be a field of Avro, whose names have letters, digits and _ only`);
    if (fields.some((other) => other.name === name)) throw invalid(`the field "${name}" occurs twice`);
    const aliases = field["aliases"] === undefined ? [] : textsOf(field, "aliases");
    fields.push({ name, aliases, type: typeOf(field["type"], names, inner), default: field["default"] });
  }
  return record;
}

/** Gives a type its name, before what it consists of is read. */
function named<Type extends AvroType>(definition: Json, { known }: Names, namespace: string, type: Type): Type {
  const name = String(definition["name"] ?? "");
  if (!NAME.test(name)) throw invalid(`"${name}" is no name of a type`);
  const full = fullName(name, String(definition["namespace"] ?? namespace));
  if (known.has(full)) throw invalid(`the type "${full}" is defined twice`);
  known.set(full, type);
  return type;
}

function fixedOf(definition: Json): AvroType {
  const size = definition["size"];
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) throw invalid('a fixed type needs a "size"');
  return { kind: "fixed", size, decimal: decimalOf(definition) };
}

function decimalOf({ logicalType, precision, scale = 0 }: Json): Decimal | undefined {
  if (logicalType !== "decimal") return undefined;
  const isValid =
    Number.isInteger(precision) && Number.isInteger(scale) && Number(precision) >= Math.max(1, Number(scale));
  if (!isValid || Number(scale) < 0) throw invalid('a decimal needs a "precision", and a "scale" that is not greater');
  return { precision: Number(precision), scale: Number(scale) };
}

function textsOf(definition: Json, key: string): readonly string[] {
  const texts = definition[key];
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === "string"))
    throw invalid(`"${key}" must be a list of texts`);
  return texts;
}

function fullName(name: string, namespace: string): string {
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}

function invalid(reason: string): TaskFailure {
  return new TaskFailure(`The Avro schema can't be used: ${reason}.`);
}
