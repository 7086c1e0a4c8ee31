import { TaskFailure } from "@capstan/sdk";
import { isNothing, shown } from "./values.ts";

/** One step of a path: a field, then perhaps an element of the list in it, or all of them. */
export interface PathStep {
  readonly name: string;
  readonly element?: number | "all";
}

/** What stands at a path: undefined where a field isn't there, null where it is empty. Throws `TaskFailure` where the value is of another shape. */
export function valueAt(steps: readonly PathStep[], value: unknown, from = 0): unknown {
  let current = value;
  for (let index = from; index < steps.length; index += 1) {
    if (isNothing(current)) return current;
    const { name, element } = steps[index]!;
    current = fieldOf(current, name);
    if (element === undefined || isNothing(current)) continue;
    if (!Array.isArray(current)) throw new TaskFailure(`the field ${name} is no list but ${shown(current)}`);
    if (element === "all")
      return index === steps.length - 1
        ? current
        : current.map((entry: unknown) => valueAt(steps, entry, index + 1) ?? null);
    current = current[element] ?? null;
  }
  return current;
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TaskFailure(`there is no field ${name} in ${shown(value)}`);
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
