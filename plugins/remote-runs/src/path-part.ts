import { TaskFailure } from "@capstan/sdk";

/** An id or a name as one part of a path. Throws `TaskFailure` for one that would lead elsewhere. */
export function pathPart(name: string): string {
  if (/^\.{0,2}$/.test(name.trim()))
    throw new TaskFailure(`"${name}" is no id or name. Check the expression that it comes from.`);
  return encodeURIComponent(name);
}
