import { IDEMPOTENCY_KEY_CHARACTERS_MAX, IDEMPOTENCY_KEY_HEADER } from "@capstan/api";
import { Refusal } from "../refusal.ts";

/** A string of RFC 9651 (structured fields), as draft-ietf-httpapi-idempotency-key-header writes keys. */
const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/;
const PRINTABLE = /^[\x20-\x7e]+$/;

/**
 * The key among the values of the header, quoted as the draft says or bare as most clients send it; undefined without the header.
 * Throws 400 for what is no key.
 */
export function readKey(values: readonly string[] | undefined): string | undefined {
  if (values === undefined) return undefined;
  if (values.length > 1) throw invalid("is there more than once");
  const text = values[0]!.trim();
  const quoted = QUOTED.exec(text)?.[1];
  const key = quoted === undefined ? text : quoted.replaceAll(/\\(.)/g, "$1");
  if (key === "") throw invalid("is empty");
  if (key.length > IDEMPOTENCY_KEY_CHARACTERS_MAX) throw invalid(`has ${key.length} characters`);
  if (!PRINTABLE.test(key)) throw invalid("has characters that can't be printed");
  return key;
}

/** The values of the header in a list of names and values in turn; undefined when it is not there. */
export function keyValues(rawHeaders: readonly string[]): readonly string[] | undefined {
  const values = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]!.toLowerCase() === IDEMPOTENCY_KEY_HEADER,
  );
  return values.length === 0 ? undefined : values;
}

function invalid(problem: string): Refusal {
  return new Refusal(
    "idempotency-key-invalid",
    `The header Idempotency-Key ${problem}: send one key of 1 to ${IDEMPOTENCY_KEY_CHARACTERS_MAX} printable ASCII characters, such as a UUID`,
  );
}
