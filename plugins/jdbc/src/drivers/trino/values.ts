import { parseJsonValue } from "@capstan/sdk";
import { localText, shortTime, shownInstant } from "../../values/date-times.ts";
import { exactNumber } from "../../values/exact-number.ts";

/** The type of a column as the server tells it. */
export interface TypeSignature {
  readonly rawType: string;
  readonly arguments?: readonly TypeArgument[];
}

interface TypeArgument {
  readonly kind: string;
  readonly value: unknown;
}

/** A field of a row type: its name, if it has one, and its type. */
interface NamedType {
  readonly fieldName?: { readonly name: string } | null;
  readonly typeSignature: TypeSignature;
}

type Read = (value: unknown) => unknown;

/** How values of a type are read; those of other types are what the server writes. `zone` is that of points in time. */
export function readerOf(type: TypeSignature, zone: string | undefined): Read {
  const read = readerOfSome(type, zone);
  return (value) => (value === null ? null : read(value));
}

function readerOfSome({ rawType, arguments: parts = [] }: TypeSignature, zone: string | undefined): Read {
  const part = (index: number): Read => readerOf(parts[index]!.value as TypeSignature, zone);
  switch (rawType) {
    case "decimal":
    case "number":
      return (value) => exactNumber(String(value));
    case "timestamp":
      return (value) => localText(String(value));
    case "timestamp with time zone":
      return (value) => instantOf(String(value), zone);
    case "time":
      return (value) => shortTime(String(value));
    case "json":
      return (value) => parseJsonValue(String(value));
    case "array": {
      const read = part(0);
      return (value) => (value as readonly unknown[]).map(read);
    }
    case "map": {
      const read = part(1);
      const pairs = (value: unknown) => Object.entries(value as Readonly<Record<string, unknown>>);
      return (value) => Object.fromEntries(pairs(value).map(([key, item]) => [key, read(item)]));
    }
    case "row":
      return rowReader(
        parts.map(({ value }) => value as NamedType),
        zone,
      );
    default:
      return (value) => value;
  }
}

/** A map, where all fields have names of their own; otherwise a list. */
function rowReader(fields: readonly NamedType[], zone: string | undefined): Read {
  const names = fields.map(({ fieldName }) => fieldName?.name).filter((name) => name !== undefined);
  const reads = fields.map(({ typeSignature }) => readerOf(typeSignature, zone));
  const list = (value: unknown) => (value as readonly unknown[]).map((item, index) => reads[index]!(item));
  if (new Set(names).size < fields.length) return list;
  return (value) => Object.fromEntries(list(value).map((item, index) => [names[index], item]));
}

/** `2024-03-01 10:00:00.500 Europe/Paris`; seconds of more than nine digits are of no use to a clock. */
const INSTANT = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?) (\S+)$/u;

function instantOf(text: string, zone: string | undefined): string {
  const [, date, time, from] = INSTANT.exec(text) ?? [];
  if (from === undefined) return text;
  return shownInstant(Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime(from).toInstant(), zone);
}
