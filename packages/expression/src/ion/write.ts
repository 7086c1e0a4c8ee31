import { checkDepth, isList, isMap, mapEntries, toArray } from "../values/maps.ts";
import { isInteger, isNumeric, numberText } from "../values/numbers.ts";
import { isTemporal, temporalText } from "../values/temporal.ts";

const KEYWORDS = new Set(["null", "true", "false", "nan"]);

/** Ion text of a value on one line. */
export function ionText(value: unknown, depth = 0): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return ionString(value);
  if (typeof value === "boolean") return String(value);
  if (isNumeric(value)) return isInteger(value) ? numberText(value) : floatText(numberText(value));
  if (isTemporal(value)) return temporalText(value);
  checkDepth(depth);
  if (isList(value)) {
    return `[${toArray(value)
      .map((element) => ionText(element, depth + 1))
      .join(",")}]`;
  }
  if (!isMap(value)) return ionString(typeof value);
  const fields = mapEntries(value).map(([key, entry]) => `${symbolText(key)}:${ionText(entry, depth + 1)}`);
  return `{${fields.join(",")}}`;
}

function ionString(text: string): string {
  return JSON.stringify(text);
}

/** Ion floats carry an exponent; a point alone would make a decimal. */
function floatText(text: string): string {
  if (text === "NaN") return "nan";
  if (text.endsWith("Infinity")) return text.startsWith("-") ? "-inf" : "+inf";
  return text.includes("E") ? text.replace("E", "e") : `${text.replace(/\.0$/u, "")}e0`;
}

function symbolText(name: string): string {
  if (/^[A-Za-z_$][\w$]*$/u.test(name) && !KEYWORDS.has(name)) return name;
  return `'${JSON.stringify(name)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`)}'`;
}
