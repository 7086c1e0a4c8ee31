import { TaskFailure } from "@capstan/sdk";
import { type Dialect, tokenize } from "./tokenize.ts";

/**
 * How a driver has the places of values written: `$1`, `?1` or `:1`, which may come twice, or `?` for each. Where a place tells the type of its
 * value, it is made of both.
 */
export type Placeholders = "$n" | "?n" | ":n" | "?" | ((number: number, value: unknown) => string);

/** How the place of a value is written. Numbers begin with 1. */
export function placeOf(placeholders: Placeholders, number: number, value?: unknown): string {
  return typeof placeholders === "string" ? placeholders.replace("n", String(number)) : placeholders(number, value);
}

/** One statement as its driver takes it. */
export interface Statement {
  readonly sql: string;
  /** The values of its placeholders. */
  readonly values: readonly unknown[];
}

/**
 * Puts placeholders in the places of `:name`, outside of texts, comments and casts. Without parameters a statement stays as it is. Throws
 * `TaskFailure` for a name without a value.
 */
export function bindParameters(
  sql: string,
  parameters: Readonly<Record<string, unknown>> | undefined,
  { dialect, placeholders }: { readonly dialect: Dialect; readonly placeholders: Placeholders },
): Statement {
  if (parameters === undefined) return { sql, values: [] };
  const values: unknown[] = [];
  const numbers = new Map<string, number>();
  const place = (name: string): string => {
    if (!Object.hasOwn(parameters, name)) throw missing(name, parameters);
    const known = placeholders === "?" ? undefined : numbers.get(name);
    const number = known ?? values.push(parameters[name]);
    numbers.set(name, number);
    return placeOf(placeholders, number, parameters[name]);
  };
  const bound = tokenize(sql, dialect).map(({ kind, text }) => (kind === "parameter" ? place(text.slice(1)) : text));
  return { sql: bound.join(""), values };
}

function missing(name: string, parameters: Readonly<Record<string, unknown>>): TaskFailure {
  const given = Object.keys(parameters);
  const known = given.length === 0 ? "there are none" : `there are ${given.join(", ")}`;
  return new TaskFailure(
    `The statement has \`:${name}\`, but \`parameters\` has no value for it: ${known}. A colon that begins no name goes into a text, or behind a space.`,
  );
}

/**
 * A statement with `?` as its driver takes it, and how many there are; `??` is a question mark that is none.
 */
export function numberPlaceholders(
  sql: string,
  { dialect, placeholders }: { readonly dialect: Dialect; readonly placeholders: Placeholders },
): { readonly sql: string; readonly count: number } {
  let count = 0;
  const place = (text: string): string => {
    if (text === "??") return "?";
    if (text !== "?") return text;
    count += 1;
    return placeOf(placeholders, count);
  };
  const written = tokenize(sql, dialect).map(({ kind, text }) => (kind === "symbol" ? place(text) : text));
  return { sql: written.join(""), count };
}
