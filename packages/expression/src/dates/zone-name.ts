import { ExpressionError } from "../errors.ts";

export type ZoneNameStyle = "short" | "long" | "shortGeneric" | "longGeneric";

/**
 * Where zones are known by a short name. `Intl` writes `GMT+2` for a zone whose name is not in use where the language is
 * spoken; Java writes CEST for everybody.
 */
const NAMING_LOCALES = ["en-GB", "en-AU", "en-IN", "en-ZA", "en-NZ", "en-CA", "ja"];

/** Short names in Java that no locale of `Intl` has; none of these zones changes its clocks. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  "Africa/Lagos": "WAT",
  "Africa/Nairobi": "EAT",
  "America/Argentina/Buenos_Aires": "ART",
  "America/Bogota": "COT",
  "America/Buenos_Aires": "ART",
  "America/Caracas": "VET",
  "America/Lima": "PET",
  "America/Sao_Paulo": "BRT",
  "Asia/Bangkok": "ICT",
  "Asia/Dubai": "GST",
  "Asia/Hong_Kong": "HKT",
  "Asia/Jakarta": "WIB",
  "Asia/Karachi": "PKT",
  "Asia/Manila": "PST",
  "Asia/Seoul": "KST",
  "Asia/Shanghai": "CST",
  "Asia/Singapore": "SGT",
  "Asia/Taipei": "CST",
  "Europe/Istanbul": "TRT",
  "Europe/Moscow": "MSK",
};

/** The name of a date's zone, such as CEST or Central European Summer Time; of an offset, the offset. */
export function zoneName(date: Temporal.ZonedDateTime, style: ZoneNameStyle, tag: string): string {
  if (/^[+-]/u.test(date.timeZoneId)) return date.timeZoneId;
  const own = nameIn(date, style, tag);
  if (style !== "short" || !tag.startsWith("en") || isName(own)) return own;
  const known = SHORT_NAMES[date.timeZoneId];
  if (known !== undefined) return known;
  for (const locale of NAMING_LOCALES) {
    const name = nameIn(date, style, locale);
    if (isName(name)) return name;
  }
  return own;
}

function isName(text: string): boolean {
  return !/^GMT[+-]/u.test(text);
}

function nameIn(date: Temporal.ZonedDateTime, style: ZoneNameStyle, tag: string): string {
  try {
    const format = new Intl.DateTimeFormat(tag, { timeZone: date.timeZoneId, timeZoneName: style });
    const part = format.formatToParts(date.epochMilliseconds).find(({ type }) => type === "timeZoneName");
    return part?.value ?? date.timeZoneId;
  } catch (error) {
    throw new ExpressionError("VALUE", `The zone ${date.timeZoneId} has no name`, { cause: error });
  }
}

/** Zones that short names stand for where a text is read; of names that several have, the one that Java takes. */
export const ZONES_BY_ABBREVIATION: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(SHORT_NAMES).map(([zone, name]) => [name, zone])),
  AEDT: "Australia/Sydney",
  AEST: "Australia/Sydney",
  AKDT: "America/Anchorage",
  AKST: "America/Anchorage",
  BST: "Europe/London",
  CDT: "America/Chicago",
  CEST: "Europe/Paris",
  CET: "Europe/Paris",
  CST: "America/Chicago",
  EDT: "America/New_York",
  EEST: "Europe/Athens",
  EET: "Europe/Athens",
  EST: "America/New_York",
  HST: "Pacific/Honolulu",
  IST: "Asia/Kolkata",
  JST: "Asia/Tokyo",
  MDT: "America/Denver",
  MST: "America/Denver",
  NZDT: "Pacific/Auckland",
  NZST: "Pacific/Auckland",
  PDT: "America/Los_Angeles",
  PST: "America/Los_Angeles",
  SAST: "Africa/Johannesburg",
  WEST: "Europe/Lisbon",
  WET: "Europe/Lisbon",
};
