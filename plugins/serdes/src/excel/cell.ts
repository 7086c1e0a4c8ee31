import { inZone, momentOf, timeZoneOf } from "../dates/iso.ts";
import { serialOf } from "./serial-date.ts";

/** Number formats of Excel. */
export interface CellFormats {
  readonly date: string;
  readonly time: string;
  readonly dateTime: string;
}

/** A cell to be written: dates and times are numbers with the style of one of the formats, 1 to 3 in their order. */
export type Cell = string | number | boolean | null | { readonly serial: number; readonly style: 1 | 2 | 3 };

/** What becomes of values in cells. Dates are texts in ISO-8601; with `areStyled`, they become dates of Excel. */
export function cellMaker(areStyled: boolean, timeZoneId: string | undefined): (value: unknown) => Cell {
  const zone = timeZoneId === undefined ? undefined : timeZoneOf(timeZoneId);
  return (value) => {
    if (typeof value === "number" || typeof value === "boolean") return value;
    if (value === null || value === undefined) return null;
    if (typeof value !== "string") return JSON.stringify(value);
    return (areStyled ? dateCell(value, zone) : undefined) ?? value;
  };
}

function dateCell(text: string, zone: string | undefined): Cell | undefined {
  const read = momentOf(text);
  if (read === undefined) return undefined;
  const moment = (zone === undefined ? undefined : inZone(read, zone)) ?? read;
  const serial = serialOf(moment);
  if (serial === undefined) return undefined;
  if (moment.time === undefined) return { serial, style: 1 };
  return { serial, style: moment.date === undefined ? 2 : 3 };
}
