import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { exactNumber, TaskFailure } from "@capstan/sdk";

/** Levels of lists and maps that DynamoDB takes. */
export const NESTING_MAX = 32;

/** A value in the way that DynamoDB says it. `where` names it in the message of a `TaskFailure` for what is no value. */
export function attributeOf(value: unknown, where: string, depth = 0): AttributeValue {
  if (depth > NESTING_MAX)
    throw new TaskFailure(`\`${where}\` is nested in more than ${NESTING_MAX} levels, which DynamoDB does not take.`);
  switch (typeof value) {
    case "string":
      return { S: value };
    case "boolean":
      return { BOOL: value };
    case "bigint":
      return { N: value.toString() };
    case "number":
      return { N: String(value) };
    case "object":
      break;
    default:
      throw new TaskFailure(`\`${where}\` has no value that DynamoDB knows.`);
  }
  if (value === null) return { NULL: true };
  if (Array.isArray(value))
    return { L: value.map((item, index) => attributeOf(item, `${where}[${index}]`, depth + 1)) };
  return { M: attributesOf(value as Record<string, unknown>, where, depth + 1) };
}

/** The values of a map; those that are undefined are left out. */
export function attributesOf(
  values: Readonly<Record<string, unknown>>,
  where: string,
  depth = 0,
): Record<string, AttributeValue> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, attributeOf(value, `${where}.${name}`, depth)]));
}

export type Item = Readonly<Record<string, AttributeValue>>;

/** An item as a row: sets become lists, bytes their base64 text, and numbers that JavaScript lacks the text of their digits. */
export function rowOf(item: Item): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, valueOf(value)]));
}

function valueOf(attribute: AttributeValue): unknown {
  const { S, N, BOOL, NULL: isNull, B, SS, NS, BS, L, M } = attribute;
  if (S !== undefined) return S;
  if (N !== undefined) return exactNumber(N);
  if (BOOL !== undefined) return BOOL;
  if (isNull !== undefined) return null;
  if (B !== undefined) return base64(B);
  if (SS !== undefined) return SS;
  if (NS !== undefined) return NS.map(exactNumber);
  if (BS !== undefined) return BS.map(base64);
  if (L !== undefined) return L.map(valueOf);
  if (M !== undefined) return rowOf(M);
  throw new TaskFailure(`DynamoDB answered a value of an unknown kind: ${Object.keys(attribute).join(", ")}.`);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
