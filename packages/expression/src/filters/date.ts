import { addToDate } from "../dates/add.ts";
import { formatDate } from "../dates/named-formats.ts";
import { localeTag } from "../dates/names.ts";
import { toZoned } from "../dates/zoned.ts";
import {
  type Arguments,
  type Example,
  type FilterDefinition,
  optional,
  type Parameter,
  required,
} from "../evaluation/definition.ts";
import type { Runtime } from "../evaluation/runtime.ts";
import { narrowed } from "../values/numbers.ts";
import { integerArgument, textArgument } from "./arguments.ts";

/** Arguments that `date`, `dateAdd` and `now` share. */
export const DATE_PARAMETERS: readonly Parameter[] = [
  optional("format", "iso", "a Java pattern or the name of a format"),
  optional("timeZone", undefined, "zone of the result and of texts without one; the server's by default"),
  optional("existingFormat", undefined, "pattern or name of a format that the text is read by"),
  optional("locale", undefined, "language of names, like fr_FR"),
];

/** Filters on dates. They answer texts, except `timestamp` and `timestampMilli`. */
export const dateFilters: readonly FilterDefinition[] = [
  {
    name: "date",
    summary: "Writes a date by a format.",
    example: ["'2013-09-08T17:19:12Z' | date('yyyy/MM/dd', timeZone='Europe/Paris')", "2013/09/08"],
    parameters: DATE_PARAMETERS,
    apply: (input, given, runtime) => formatted(input, given, runtime, (date) => date),
  },
  {
    name: "dateAdd",
    summary: "Adds an amount of a unit of time.",
    example: ["'2024-01-31' | dateAdd(1, 'DAYS', 'yyyy-MM-dd')", "2024-02-01"],
    parameters: [required("amount"), required("unit", "a ChronoUnit such as DAYS"), ...DATE_PARAMETERS],
    apply: (input, [amount, unit, ...rest], runtime) =>
      formatted(input, rest, runtime, (date) =>
        addToDate(date, integerArgument(amount, "amount"), textArgument(unit) ?? "DAYS"),
      ),
  },
  timestamp("timestamp", "Seconds since 1970.", ["'2013-09-08T15:19:12Z' | timestamp", "1378653552"], (nanos) =>
    narrowed(floorDivide(nanos, 1_000_000_000n)),
  ),
  timestamp(
    "timestampMilli",
    "Milliseconds since 1970.",
    ["'2013-09-08T15:19:12Z' | timestampMilli", "1378653552000"],
    (nanos) => narrowed(floorDivide(nanos, 1_000_000n)),
  ),
  timestamp(
    "timestampMicro",
    "Microseconds since 1970, as text.",
    ["'2013-09-08T15:19:12Z' | timestampMicro", "1378653552000000"],
    (nanos) => floorDivide(nanos, 1_000n).toString(),
  ),
  timestamp(
    "timestampNano",
    "Nanoseconds since 1970, as text.",
    ["'2013-09-08T15:19:12Z' | timestampNano", "1378653552000000000"],
    (nanos) => nanos.toString(),
  ),
];

/** Reads a date, changes it and writes it by the arguments of `DATE_PARAMETERS`. */
export function formatted(
  input: unknown,
  [format, timeZone, existingFormat, locale]: Arguments,
  runtime: Runtime,
  change: (date: Temporal.ZonedDateTime) => Temporal.ZonedDateTime,
): string {
  const reading = {
    timeZone: textArgument(timeZone) ?? runtime.environment.timeZone,
    existingFormat: textArgument(existingFormat),
    locale: textArgument(locale),
  };
  return formatDate(change(toZoned(input, reading)), textArgument(format) ?? "iso", localeTag(reading.locale));
}

function timestamp(
  name: string,
  summary: string,
  example: Example,
  convert: (nanos: bigint) => unknown,
): FilterDefinition {
  return {
    name,
    summary,
    example,
    parameters: [optional("timeZone"), optional("existingFormat")],
    apply: (input, [timeZone, existingFormat], runtime) => {
      const zone = textArgument(timeZone) ?? runtime.environment.timeZone;
      return convert(toZoned(input, { timeZone: zone, existingFormat: textArgument(existingFormat) }).epochNanoseconds);
    },
  };
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value < 0n && value % divisor !== 0n ? quotient - 1n : quotient;
}
