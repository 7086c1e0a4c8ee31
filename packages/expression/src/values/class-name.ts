import { LazyMap } from "../scope.ts";
import { BoxedFloat } from "./boxed-float.ts";

/** The name that Java would tell for a value of this kind; null for null. */
export function className(value: unknown): string | null {
  switch (typeof value) {
    case "undefined":
      return null;
    case "string":
      return "java.lang.String";
    case "boolean":
      return "java.lang.Boolean";
    case "number":
      return Number.isSafeInteger(value) ? "java.lang.Long" : "java.lang.Double";
    case "bigint":
      return BigInt.asIntN(64, value) === value ? "java.lang.Long" : "java.math.BigInteger";
    default:
      return value === null ? null : objectClass(value);
  }
}

function objectClass(value: unknown): string {
  if (value instanceof BoxedFloat) return value.javaClass;
  if (Array.isArray(value)) return "java.util.ArrayList";
  if (value instanceof Set) return "java.util.LinkedHashSet";
  if (value instanceof LazyMap) return "java.util.LinkedHashMap";
  if (value instanceof Temporal.ZonedDateTime) return "java.time.ZonedDateTime";
  if (value instanceof Temporal.Instant) return "java.time.Instant";
  if (value instanceof Temporal.PlainDate) return "java.time.LocalDate";
  if (value instanceof Temporal.PlainDateTime) return "java.time.LocalDateTime";
  if (value instanceof Temporal.PlainTime) return "java.time.LocalTime";
  return "java.util.LinkedHashMap";
}
