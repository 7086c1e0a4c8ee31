import { text } from "@capstan/sdk";
import { timeZoneId } from "../conversion-properties.ts";
import { inZone, momentOf, timeZoneOf } from "./iso.ts";
import { formatterOf } from "./pattern.ts";

export const DATE_FORMAT = "yyyy-MM-dd";
export const TIME_FORMAT = "HH:mm:ss[XXX]";
export const DATE_TIME_FORMAT = "yyyy-MM-dd'T'HH:mm:ss.SSS[XXX]";

/** How dates and times are written. */
export interface DateFormats {
  readonly dateFormat?: string | undefined;
  readonly timeFormat?: string | undefined;
  readonly dateTimeFormat?: string | undefined;
  readonly timeZoneId?: string | undefined;
}

/** The properties of tasks that write dates as text. */
export function dateFormats() {
  const left = "Left out, they stay as the file has them.";
  return {
    dateFormat: text()
      .optional()
      .describe(`Java pattern for dates, which are texts such as 2024-03-01, like ${DATE_FORMAT}. ${left}`),
    timeFormat: text().optional().describe(`Java pattern for times, such as ${TIME_FORMAT}. ${left}`),
    dateTimeFormat: text()
      .optional()
      .describe(`Java pattern for dates with a time, such as ${DATE_TIME_FORMAT}. ${left}`),
    timeZoneId: timeZoneId("Zone that dates with a time and an offset are written in. Default: their own offset."),
  };
}

/**
 * How a text is written that may be a date or a time. Records hold both as texts in ISO-8601, so a text that is none of them stays as
 * it is, and so do those for which nothing was asked. Throws `TaskFailure` for a pattern or a zone that can't be read.
 */
export function textFormatter(formats: DateFormats): (text: string) => string {
  const { dateFormat, timeFormat, timeZoneId } = formats;
  const dateTimeFormat = formats.dateTimeFormat ?? (timeZoneId === undefined ? undefined : DATE_TIME_FORMAT);
  const zone = timeZoneId === undefined ? undefined : timeZoneOf(timeZoneId);
  const [dates, times, dateTimes] = [dateFormat, timeFormat, dateTimeFormat].map((pattern) =>
    pattern === undefined ? undefined : formatterOf(pattern),
  );
  if (dates === undefined && times === undefined && dateTimes === undefined) return (text) => text;
  return (text) => {
    const moment = momentOf(text);
    if (moment === undefined) return text;
    if (moment.time === undefined) return dates?.(moment) ?? text;
    if (moment.date === undefined) return times?.(moment) ?? text;
    return dateTimes?.((zone === undefined ? undefined : inZone(moment, zone)) ?? moment) ?? text;
  };
}
