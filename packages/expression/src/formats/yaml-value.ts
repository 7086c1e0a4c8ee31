import { isScalar, parseDocument, visit } from "yaml";
import { ExpressionError } from "../errors.ts";
import { checkDepth, isList, isMap, mapEntries, mapOf, toArray } from "../values/maps.ts";
import { BoxedFloat } from "../values/boxed-float.ts";
import { narrowed } from "../values/numbers.ts";
import { isTemporal, temporalText } from "../values/temporal.ts";

/** A value as the YAML writer takes it: dates as texts, lazy maps read. */
export function yamlValue(value: unknown, depth = 0): unknown {
  if (value instanceof BoxedFloat) return value.value;
  if (isTemporal(value)) return temporalText(value);
  if (typeof value !== "object" || value === null) return value;
  checkDepth(depth);
  if (isList(value)) return toArray(value).map((element) => yamlValue(element, depth + 1));
  if (!isMap(value)) return typeof value;
  return mapOf(mapEntries(value).map(([key, entry]) => [key, yamlValue(entry, depth + 1)]));
}

/** The value of a YAML text; whole floats stay floats. Throws a VALUE error with the reason. */
export function parseYaml(text: string): unknown {
  const document = parseDocument(text, { intAsBigInt: true, logLevel: "silent" });
  const [problem] = document.errors;
  if (problem !== undefined) throw new ExpressionError("VALUE", `The text is not YAML: ${problem.message}`);
  visit(document, (_key, node) => {
    if (!isScalar(node)) return;
    if (typeof node.value === "bigint") node.value = narrowed(node.value);
    else if (typeof node.value === "number" && Number.isInteger(node.value)) node.value = new BoxedFloat(node.value);
  });
  try {
    return document.toJS() as unknown;
  } catch (error) {
    throw new ExpressionError("VALUE", `The YAML can't be read: ${error instanceof Error ? error.message : "?"}`, {
      cause: error,
    });
  }
}
