import type { AvroType } from "./schema.ts";

/**
 * A value of a type of Avro. Long numbers are of the type bigint, bytes and decimals are bytes, a record is the list of its fields, and a
 * value of a union says which of its types it has.
 */
export type TypedValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly TypedValue[]
  | ReadonlyMap<string, TypedValue>
  | UnionValue;

export interface UnionValue {
  readonly branch: number;
  readonly type: AvroType;
  readonly value: TypedValue;
}
