import { parseJsonValue } from "@capstan/sdk";
import { localText } from "../../values/date-times.ts";
import { exactNumber, floatValue } from "../../values/exact-number.ts";

type Read = (value: unknown) => unknown;

/** How values of a column type are read; those of other types are what the server writes. */
export function readerOf(type: string): Read {
  if (type.endsWith("_ARRAY")) {
    const read = readerOf(type.slice(0, -"_ARRAY".length));
    return (value) => (Array.isArray(value) ? value.map(read) : value);
  }
  const read = READERS[type];
  return (value) => (value === null || read === undefined ? value : read(value));
}

const READERS: Readonly<Record<string, Read>> = {
  BIG_DECIMAL: (value) => exactNumber(String(value)),
  FLOAT: (value) => floatValue(Number(value)),
  DOUBLE: (value) => floatValue(Number(value)),
  // The server writes what its own clock shows, and not which that is.
  TIMESTAMP: (value) => localText(String(value)),
  BYTES: (value) => Buffer.from(String(value), "hex").toString("base64"),
  JSON: (value) => (value === "" ? null : parseJsonValue(String(value))),
};
