import { given } from "@capstan/sdk/http";

/**
 * A qualifier such as `label:"help wanted"`, or nothing without a value. Blanks and quotes stay in the value: what comes from somewhere else
 * can't add qualifiers of its own.
 */
export function qualifier(name: string, value: string | undefined): string | undefined {
  const term = asTerm(value);
  return term === undefined ? undefined : `${name}:${term}`;
}

/** A value as one term, in quotes where it needs them, or nothing without a value. */
export function asTerm(value: string | undefined): string | undefined {
  const written = given(value)?.trim();
  if (written === undefined || !/[\s"]/.test(written) || /^"[^"]*"$/.test(written)) return written;
  return `"${written.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** A qualifier that has no value of the user, if it is asked for. */
export function flag(written: string, isWanted: boolean | undefined): string | undefined {
  return isWanted === true ? written : undefined;
}

/** One query of its parts. */
export function queryOf(parts: readonly (string | undefined)[]): string {
  return parts
    .map((part) => given(part)?.trim())
    .filter((part) => part !== undefined)
    .join(" ");
}
