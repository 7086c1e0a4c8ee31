import { inZone, isoText, momentOf, timeZoneOf } from "./iso.ts";

/**
 * Writes dates with a time and an offset in one zone, at every depth of a value: they are texts in ISO-8601. Other texts stay as they
 * are. Throws `TaskFailure` for a zone that doesn't exist.
 */
export function inOneZone(timeZoneId: string): (value: unknown) => unknown {
  const zone = timeZoneOf(timeZoneId);
  const convert = (value: unknown): unknown => {
    if (typeof value === "string") {
      const moment = momentOf(value);
      const there = moment === undefined ? undefined : inZone(moment, zone);
      return there === undefined ? value : isoText(there);
    }
    if (Array.isArray(value)) return value.map(convert);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, convert(inner)]));
  };
  return convert;
}
