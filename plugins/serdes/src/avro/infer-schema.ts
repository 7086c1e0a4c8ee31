import { type FileRecord, TaskFailure } from "@capstan/sdk";

const NAMESPACE = "io.kestra.plugin.serdes.avro";
const DEPTH_MAX = 100;

/** What was seen in a place of the records. */
type Shape =
  | { readonly kind: "nothing" | "boolean" | "int" | "long" | "double" | "string" }
  | { readonly kind: "array"; readonly items: Shape }
  | { readonly kind: "record"; readonly fields: ReadonlyMap<string, Shape> };

/**
 * The schema of the first records: each field may be null, whole numbers are int or long, and all that has several types is text. Texts
 * stay texts, whatever they look like. Throws `TaskFailure` when there are no records, or none with fields.
 */
export async function inferSchema(records: AsyncIterable<FileRecord>, rows: number): Promise<string> {
  let shape: Shape = { kind: "nothing" };
  let number = 0;
  for await (const { value } of records) {
    number += 1;
    shape = merged(shape, shapeOf(value, 0));
    if (number >= rows) break;
  }
  if (shape.kind !== "record")
    throw new TaskFailure(
      number === 0
        ? "No schema can be inferred: the file has no records. Give `schema`."
        : "No schema can be inferred: the records are no maps of fields. Give `schema`.",
    );
  return JSON.stringify({ type: "record", name: "root", namespace: NAMESPACE, fields: fieldsOf(shape, "root") });
}

function shapeOf(value: unknown, depth: number): Shape {
  if (depth > DEPTH_MAX)
    throw new TaskFailure(`No schema can be inferred: records have values more than ${DEPTH_MAX} deep.`);
  switch (typeof value) {
    case "boolean":
      return { kind: "boolean" };
    case "number":
      return {
        kind: !Number.isInteger(value)
          ? "double"
          : value === Math.trunc(value) && (value | 0) === value
            ? "int"
            : "long",
      };
    case "bigint":
      return { kind: "long" };
    case "string":
      return { kind: "string" };
    default:
      break;
  }
  if (typeof value !== "object" || value === null) return { kind: "nothing" };
  if (Array.isArray(value))
    return {
      kind: "array",
      items: value.map((item) => shapeOf(item, depth + 1)).reduce<Shape>(merged, { kind: "nothing" }),
    };
  return {
    kind: "record",
    fields: new Map(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner, depth + 1)])),
  };
}

const WIDTHS: readonly string[] = ["int", "long", "double"];

function merged(a: Shape, b: Shape): Shape {
  if (a.kind === "nothing") return b;
  if (b.kind === "nothing") return a;
  if (a.kind === "array" && b.kind === "array") return { kind: "array", items: merged(a.items, b.items) };
  if (a.kind === "record" && b.kind === "record") {
    const fields = new Map(a.fields);
    for (const [name, shape] of b.fields) fields.set(name, merged(fields.get(name) ?? { kind: "nothing" }, shape));
    return { kind: "record", fields };
  }
  if (a.kind === b.kind) return a;
  const [first, second] = [WIDTHS.indexOf(a.kind), WIDTHS.indexOf(b.kind)];
  if (first !== -1 && second !== -1) return first > second ? a : b;
  return { kind: "string" };
}

function fieldsOf({ fields }: Shape & { kind: "record" }, path: string): unknown[] {
  return Array.from(fields, ([name, shape]) => ({
    name,
    type: ["null", typeOf(shape, `${path}_${name}`)],
    default: null,
  }));
}

/** Nested records are named by their path, as each type of Avro needs a name of its own. */
function typeOf(shape: Shape, path: string): unknown {
  switch (shape.kind) {
    case "nothing":
      return "string";
    case "array":
      return { type: "array", items: ["null", typeOf(shape.items, `${path}_items`)] };
    case "record":
      return { type: "record", name: path.replaceAll(/\W/g, "_"), fields: fieldsOf(shape, path) };
    default:
      return shape.kind;
  }
}
