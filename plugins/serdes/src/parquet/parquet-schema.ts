import { TaskFailure } from "@capstan/sdk";
import type { SchemaElement } from "hyparquet";
import type { AvroRecord, AvroType, Decimal, LongLogical } from "../avro/schema.ts";
import type { TypedValue, UnionValue } from "../avro/typed-value.ts";

/** The schema of Parquet for one of Avro. Throws `TaskFailure` for what Parquet lacks: several types in one place, and endless records. */
export function parquetSchemaOf(record: AvroRecord): SchemaElement[] {
  if (record.fields.length === 0) throw new TaskFailure("The schema has no fields, and Parquet needs one.");
  const root = { name: record.name, num_children: record.fields.length };
  return [root, ...record.fields.flatMap(({ name, type }) => elementsOf(name, type, [record]))];
}

/** A column: what reads its values from the values of a record. */
export function columnValue(type: AvroType, value: TypedValue): unknown {
  switch (type.kind) {
    case "union": {
      const { type: chosen, value: inner } = value as UnionValue;
      return columnValue(chosen, inner);
    }
    case "array":
      return (value as readonly TypedValue[]).map((item) => columnValue(type.items, item));
    case "map":
      return Array.from(value as ReadonlyMap<string, TypedValue>, ([key, item]) => ({
        key,
        value: columnValue(type.values, item),
      }));
    case "record":
      return Object.fromEntries(
        type.fields.map((field, index) => [
          field.name,
          columnValue(field.type, (value as readonly TypedValue[])[index]!),
        ]),
      );
    case "bytes":
    case "fixed":
      return type.decimal === undefined ? value : unscaledOf(value as Uint8Array);
    default:
      return value;
  }
}

function unscaledOf(bytes: Uint8Array): bigint {
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString("hex")}`));
}

function elementsOf(name: string, written: AvroType, within: readonly AvroType[]): SchemaElement[] {
  const { type, isNullable } = withoutNull(name, written);
  if (within.includes(type))
    throw new TaskFailure(`The field "${name}" holds its own record: Parquet has no such type.`);
  const inner = [...within, type];
  const common = { name, repetition_type: isNullable ? "OPTIONAL" : "REQUIRED" } as const;
  switch (type.kind) {
    case "record":
      return [
        { ...common, num_children: type.fields.length },
        ...type.fields.flatMap((field) => elementsOf(field.name, field.type, inner)),
      ];
    case "array":
      return [
        { ...common, num_children: 1, converted_type: "LIST" },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        ...elementsOf("element", type.items, inner),
      ];
    case "map":
      return [
        { ...common, num_children: 1, converted_type: "MAP" },
        { name: "key_value", repetition_type: "REPEATED", num_children: 2 },
        { name: "key", repetition_type: "REQUIRED", type: "BYTE_ARRAY", converted_type: "UTF8" },
        ...elementsOf("value", type.values, inner),
      ];
    default:
      return [{ ...common, ...leafOf(name, type) }];
  }
}

function withoutNull(name: string, type: AvroType): { type: AvroType; isNullable: boolean } {
  if (type.kind !== "union") return { type, isNullable: false };
  const others = type.branches.filter(({ kind }) => kind !== "null");
  const [only] = others;
  if (only === undefined || others.length > 1)
    throw new TaskFailure(`The field "${name}" has several types: Parquet needs one, which may be null.`);
  return { type: only, isNullable: others.length < type.branches.length };
}

type Leaf = Omit<SchemaElement, "name" | "repetition_type">;

function leafOf(name: string, type: AvroType): Leaf {
  switch (type.kind) {
    case "boolean":
      return { type: "BOOLEAN" };
    case "int":
      if (type.logical === "date") return { type: "INT32", converted_type: "DATE" };
      return type.logical === undefined ? { type: "INT32" } : { type: "INT32", converted_type: "TIME_MILLIS" };
    case "long":
      return { type: "INT64", ...(type.logical !== undefined && longLogical(type.logical)) };
    case "float":
      return { type: "FLOAT" };
    case "double":
      return { type: "DOUBLE" };
    case "string":
    case "enum":
      return { type: "BYTE_ARRAY", converted_type: "UTF8" };
    case "bytes":
      return type.decimal === undefined ? { type: "BYTE_ARRAY" } : decimalLeaf(type.decimal);
    case "fixed":
      return type.decimal === undefined
        ? { type: "FIXED_LEN_BYTE_ARRAY", type_length: type.size }
        : decimalLeaf(type.decimal);
    default:
      throw new TaskFailure(`The field "${name}" has the type ${type.kind}, which Parquet has not.`);
  }
}

function longLogical(logical: LongLogical): Partial<Leaf> {
  switch (logical) {
    case "time-micros":
      return { converted_type: "TIME_MICROS" };
    case "timestamp-millis":
      return { converted_type: "TIMESTAMP_MILLIS" };
    case "timestamp-micros":
      return { converted_type: "TIMESTAMP_MICROS" };
    case "local-timestamp-millis":
      return { logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MILLIS" } };
    case "local-timestamp-micros":
      return { logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MICROS" } };
    default:
      return logical satisfies never;
  }
}

/** As many bytes as the largest number of so many digits takes. */
function decimalLeaf({ precision, scale }: Decimal): Leaf {
  const length = Math.ceil((Math.log2(10) * precision + 1) / 8);
  return { type: "FIXED_LEN_BYTE_ARRAY", type_length: length, converted_type: "DECIMAL", precision, scale };
}
