import { ExpressionError } from "../errors.ts";

/** A Java zone id as Temporal knows it: `Z`, `GMT+2`, `UTC-03:30`, `+0200` and IANA ids. Throws an ARGUMENT error. */
export function toTimeZone(id: string): string {
  const zone = normalised(id.trim());
  try {
    return new Temporal.ZonedDateTime(0n, zone).timeZoneId;
  } catch (error) {
    throw new ExpressionError("ARGUMENT", `"${id}" is no time zone`, {
      cause: error,
      hint: "Write it like Europe/Paris, UTC or +02:00.",
    });
  }
}

function normalised(id: string): string {
  if (/^(?:Z|UT|GMT0?)$/iu.test(id)) return "UTC";
  const offset = /^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?00)?$/iu.exec(id);
  if (offset === null) return id;
  const [, sign, hours = "", minutes = "00"] = offset;
  return `${sign}${hours.padStart(2, "0")}:${minutes}`;
}
