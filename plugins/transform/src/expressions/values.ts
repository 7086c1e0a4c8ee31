import { parseInstant, TaskFailure } from "@capstan/sdk";

/** Characters of a value that a message shows. */
const SHOWN_CHARACTERS_MAX = 80;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

export function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/** A value for messages, short. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
}

/** A number, or the one that a text is. Throws `TaskFailure`. */
export function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "string" && NUMBER.test(value)) return Number(value);
  throw new TaskFailure(`${shown(value)} is no number`);
}

/** A boolean, or the one that a text is in either case. Throws `TaskFailure`. */
export function booleanOf(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  const text = typeof value === "string" ? value.toLowerCase() : "";
  if (text === "true" || text === "false") return text === "true";
  throw new TaskFailure(`${shown(value)} is neither true nor false`);
}

/** A text as it is, anything else as JSON. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A point in time as ISO-8601 in UTC, so that texts of it compare as the times do. Throws `TaskFailure`. */
export function timestampOf(value: unknown): string {
  const time = typeof value === "string" ? parseInstant(value) : undefined;
  if (time === undefined) throw new TaskFailure(`${shown(value)} is no time such as 2024-02-01T12:00:00Z`);
  return new Date(time).toISOString();
}

/** A whole number. Throws `TaskFailure` for a fraction and for what a number can't hold exactly. */
export function wholeNumberOf(value: unknown): number {
  const number = numberOf(value);
  if (!Number.isSafeInteger(number)) throw new TaskFailure(`${shown(value)} is no whole number`);
  return number;
}
