import { ExpressionError, matchesPattern } from "@capstan/expression";
import { formatDuration, type Input, type JsonValue, parseDuration } from "@capstan/model";
import { shown } from "./coerce.ts";

/** Why a coerced value breaks the rules of its input; undefined when it keeps them. `choices` are those of a selection. */
export function broken(input: Input, value: JsonValue, choices: readonly string[] | undefined): string | undefined {
  switch (input.type) {
    case "STRING":
    case "SECRET":
      return input.validator === undefined ? undefined : unlikePattern(input.validator, String(value));
    case "EMAIL":
      return value === "" || EMAIL.test(String(value)) ? undefined : "it must be an email address";
    case "INT":
    case "FLOAT":
      return outOfNumbers(input, Number(value));
    case "DURATION":
      return outOfDurations(input, String(value));
    case "DATE":
      return outOfDates(
        input,
        (text) => comparable(Temporal.PlainDate.from(text), (a, b) => Temporal.PlainDate.compare(a, b)),
        value,
      );
    case "TIME":
      return outOfDates(
        input,
        (text) => comparable(Temporal.PlainTime.from(text), (a, b) => Temporal.PlainTime.compare(a, b)),
        value,
      );
    case "DATETIME":
      return outOfDates(
        input,
        (text) => comparable(Temporal.Instant.from(text), (a, b) => Temporal.Instant.compare(a, b)),
        value,
      );
    case "FILE":
      return wrongExtension(input, String(value));
    case "SELECT":
      return notAChoice(input, [value], choices);
    case "MULTISELECT":
      return notAChoice(input, value as readonly JsonValue[], choices);
    case "TABLE":
      return outOfRows(input, (value as readonly JsonValue[]).length);
    case "OBJECT":
    case "BOOL":
    case "JSON":
    case "YAML":
    case "ION":
    case "URI":
    case "ARRAY":
      return undefined;
    default:
      return input.type satisfies never;
  }
}

const EMAIL = /^[^\s@]+@[a-zA-Z0-9.-]+$/u;

function unlikePattern(validator: string, text: string): string | undefined {
  try {
    return matchesPattern(validator, text) ? undefined : `it must match the pattern \`${validator}\``;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    if (error.code === "LIMIT") return `its validator \`${validator}\` takes too long on this value`;
    return `its validator \`${validator}\` is no regular expression`;
  }
}

function outOfNumbers({ type, min, max }: Input, value: number): string | undefined {
  const print = (bound: number | string) =>
    type === "FLOAT" && Number.isInteger(Number(bound)) ? `${bound}.0` : bound;
  if (min !== undefined && value < Number(min)) return `it must be more than \`${print(min)}\``;
  if (max !== undefined && value > Number(max)) return `it must be less than \`${print(max)}\``;
  return undefined;
}

function outOfRows({ rows: { min = 0, max = Infinity } = {} }: Input, count: number): string | undefined {
  if (count < min) return `it must have at least \`${min}\` rows`;
  return count > max ? `it must have at most \`${max}\` rows` : undefined;
}

function outOfDurations({ min, max }: Input, value: string): string | undefined {
  const length = parseDuration(value) ?? 0;
  const least = min === undefined ? undefined : parseDuration(String(min));
  const most = max === undefined ? undefined : parseDuration(String(max));
  if (least !== undefined && length < least) return `It must be more than \`${formatDuration(least)}\``;
  if (most !== undefined && length > most) return `It must be less than \`${formatDuration(most)}\``;
  return undefined;
}

interface Comparable {
  /** As Java prints it. */
  readonly text: string;
  compareTo(other: Comparable): number;
}

function comparable<Moment extends { toString(): string }>(
  moment: Moment,
  compare: (left: Moment, right: Moment) => number,
): Comparable & { readonly moment: Moment } {
  return {
    moment,
    text: moment.toString().replace(/^(\d{2}:\d{2}):00$/u, "$1"),
    compareTo: (other) => compare(moment, (other as unknown as { moment: Moment }).moment),
  };
}

function outOfDates(
  { after, before }: Input,
  read: (text: string) => Comparable,
  value: JsonValue,
): string | undefined {
  const moment = read(String(value));
  const earliest = after === undefined ? undefined : read(after);
  const latest = before === undefined ? undefined : read(before);
  if (earliest !== undefined && moment.compareTo(earliest) < 0) return `it must be after \`${earliest.text}\``;
  if (latest !== undefined && moment.compareTo(latest) > 0) return `it must be before \`${latest.text}\``;
  return undefined;
}

function wrongExtension({ allowedFileExtensions }: Input, address: string): string | undefined {
  if (allowedFileExtensions === undefined || allowedFileExtensions.length === 0) return undefined;
  const path = address.replace(/[?#].*$/u, "").toLowerCase();
  const fits = allowedFileExtensions.some((extension) => path.endsWith(extension.toLowerCase()));
  return fits ? undefined : `it must have one of the file extensions \`[${allowedFileExtensions.join(", ")}]\``;
}

/** Only a required selection is held to its values, and only when it takes no others. */
function notAChoice(
  input: Input,
  values: readonly JsonValue[],
  choices: readonly string[] | undefined,
): string | undefined {
  if (!input.required || input.allowCustomValue === true || choices === undefined) return undefined;
  const known = new Set(choices);
  return values.every((value) => known.has(shown(value)))
    ? undefined
    : `it must match the values \`[${choices.join(", ")}]\``;
}
