import { type JsonValue, type KeyValue, parseDuration, parseInstant, parseJsonValue, TaskFailure } from "@capstan/sdk";

export const KEY_VALUE_TYPES = [
  "STRING",
  "NUMBER",
  "BOOLEAN",
  "DATETIME",
  "DATE",
  "DURATION",
  "JSON",
] as const satisfies readonly KeyValue["type"][];

/** The value in the form that its type asks for. Throws `TaskFailure` when it can't be read as that type. */
export function converted(value: JsonValue, type: KeyValue["type"]): JsonValue {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  switch (type) {
    case "STRING":
      return text;
    case "NUMBER":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? numberIn(text.trim()) : refuse(text, "a number");
    case "BOOLEAN":
      return /^(?:true|false)$/i.test(text) ? text.toLowerCase() === "true" : refuse(text, "true or false");
    case "DATETIME":
      return parseInstant(text) === undefined ? refuse(text, "a date and time such as 2024-03-01T10:00:00Z") : text;
    case "DATE":
      return /^\d{4}-\d{2}-\d{2}$/.test(text) && parseInstant(text) !== undefined
        ? text
        : refuse(text, "a date such as 2024-03-01");
    case "DURATION":
      return parseDuration(text) === undefined ? refuse(text, "a duration such as PT1H") : text;
    case "JSON":
      return typeof value === "string" ? parsed(value) : value;
    default:
      return type satisfies never;
  }
}

/** A whole number that a JavaScript number would change stays the text of its digits. */
function numberIn(text: string): JsonValue {
  const isLong = /^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text));
  return isLong ? text : Number(text);
}

function parsed(text: string): JsonValue {
  try {
    return parseJsonValue(text);
  } catch {
    return refuse(text, "JSON");
  }
}

function refuse(text: string, expected: string): never {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  throw new TaskFailure(`The value "${shown}" is not ${expected}. Correct \`value\` or \`kvType\`.`);
}
