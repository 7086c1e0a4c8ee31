import type { JsonMap, JsonValue } from "@capstan/model";

/** Kestra's mark of a map that stands for an encrypted text. */
const ENCRYPTED_TYPE = "io.kestra.datatype:aes_encrypted";

/** Gives the text behind an encrypted one; throws when it was encrypted with another key. */
export type Reveal = (encrypted: string) => string;

export function encryptedText(encrypted: string): JsonMap {
  return { type: ENCRYPTED_TYPE, value: encrypted };
}

/**
 * A value with its encrypted texts in the clear, for expressions; the same value when there are none. What was revealed is
 * added to `secrets`. A text that can't be decrypted stays as it is.
 */
export function revealed<Value extends JsonValue>(
  value: Value,
  reveal: Reveal | undefined,
  secrets: Set<string>,
): Value {
  return reveal === undefined ? value : (revealedValue(value, reveal, secrets) as Value);
}

function revealedValue(value: JsonValue, reveal: Reveal, secrets: Set<string>): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: JsonValue) => revealedValue(item, reveal, secrets));
    return items.some((item, position) => item !== value[position]) ? items : value;
  }
  const map = value as JsonMap;
  if (map["type"] === ENCRYPTED_TYPE && typeof map["value"] === "string") return plainText(map, reveal, secrets);
  let changed: Record<string, JsonValue> | undefined;
  for (const [key, item] of Object.entries(map)) {
    const clear = revealedValue(item, reveal, secrets);
    if (clear !== item) (changed ??= { ...map })[key] = clear;
  }
  return changed ?? map;
}

function plainText(map: JsonMap, reveal: Reveal, secrets: Set<string>): JsonValue {
  try {
    const text = reveal(map["value"] as string);
    if (text !== "") secrets.add(text);
    return text;
  } catch {
    return map;
  }
}
