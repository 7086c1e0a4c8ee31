import type { Request, TYPES } from "tedious";

type Types = typeof TYPES;

/** Longer texts, and more bytes, are declared without a length. */
const TEXT_LENGTH_MAX = 4_000;
const BYTES_MAX = 8_000;
const INT_MAX = 2_147_483_647;
const INT_MIN = -2_147_483_648;

/** No bytes: a null that isn't of a text, which no column of bytes takes. */
export const NO_BYTES = Symbol("no bytes");

/**
 * Gives a statement a value for `@name`: whole numbers, floats, truths and bytes as such; lists and maps as the text of their JSON; all else as a text,
 * which the server makes what it needs of. Lengths are always the same, so that the server has one plan for a statement.
 */
export function addValue(request: Request, types: Types, name: string, value: unknown): void {
  if (value === NO_BYTES || value instanceof Uint8Array) addBytes(request, types, name, value);
  else if (typeof value === "boolean") request.addParameter(name, types.Bit, value);
  else if (typeof value === "number") request.addParameter(name, numberType(value, types), value);
  else addText(request, types, name, textOf(value));
}

function addBytes(request: Request, types: Types, name: string, value: Uint8Array | typeof NO_BYTES): void {
  const bytes = value === NO_BYTES ? null : Buffer.from(value);
  const length = bytes !== null && bytes.length > BYTES_MAX ? Infinity : BYTES_MAX;
  request.addParameter(name, types.VarBinary, bytes, { length });
}

function numberType(value: number, types: Types) {
  if (!Number.isSafeInteger(value)) return types.Float;
  return value >= INT_MIN && value <= INT_MAX ? types.Int : types.BigInt;
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function addText(request: Request, types: Types, name: string, value: string | null): void {
  const length = value !== null && value.length > TEXT_LENGTH_MAX ? Infinity : TEXT_LENGTH_MAX;
  request.addParameter(name, types.NVarChar, value, { length });
}
