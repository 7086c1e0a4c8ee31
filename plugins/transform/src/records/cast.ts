import { TaskFailure } from "@capstan/sdk";
import { booleanOf, isNothing, numberOf, shown, textOf, timestampOf, wholeNumberOf } from "../expressions/values.ts";
import type { FieldType } from "./record-properties.ts";

/** A value as one of that type. Nothing stays nothing. Throws `TaskFailure` for what can't be converted. */
export function cast(value: unknown, type: FieldType): unknown {
  if (isNothing(value)) return value;
  switch (type) {
    case "STRING":
      return textOf(value);
    case "INT":
      return wholeNumberOf(value);
    case "FLOAT":
    case "DECIMAL":
      return numberOf(value);
    case "BOOLEAN":
      return booleanOf(value);
    case "TIMESTAMP":
      return timestampOf(value);
    case "LIST":
      if (!Array.isArray(value)) throw new TaskFailure(`${shown(value)} is no list`);
      return value;
    case "STRUCT":
      if (typeof value !== "object" || Array.isArray(value)) throw new TaskFailure(`${shown(value)} is no map`);
      return value;
    default:
      return type satisfies never;
  }
}
