import { TaskFailure } from "@capstan/sdk";

/** An argument that must be text. Throws `TaskFailure` naming it. */
export function textOf(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  throw new TaskFailure(`the argument \`${name}\` must be text`);
}

export function optionalText(name: string, value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : textOf(name, value);
}
