import { nearest } from "../nearest.ts";
import { isMap, mapKeys } from "../values/maps.ts";
import { isNumeric } from "../values/numbers.ts";
import { toText } from "../values/text.ts";
import { filters } from "../filters/registry.ts";
import { functions } from "../functions/registry.ts";
import { methods } from "../methods/registry.ts";
import { describe } from "./operators.ts";
import type { Runtime } from "./runtime.ts";

/** Names that are compared at most; in larger maps a misspelled key gets no advice. */
const NAMES_COMPARED_MAX = 1_000;

/** What to advise where a variable is not defined. */
export function hintForName(runtime: Runtime, name: string): string | undefined {
  const names = [...runtime.scope.keys()];
  for (let frame = runtime.frame; frame !== null; frame = frame.isBarrier ? null : frame.parent) {
    names.push(...frame.values.keys());
  }
  return dashHint(name, names) ?? spellingHint(name, names);
}

/** What to advise where a key or index is not found in a value. */
export function hintForKey(target: unknown, key: unknown): string | undefined {
  if (target === null) return "The value before it is null.";
  if (!isMap(target)) return undefined;
  if (isNumeric(key)) return `The keys of a map are texts: write \`['${toText(key)}']\`.`;
  const keys = mapKeys(target);
  const name = toText(key);
  return dashHint(name, keys) ?? spellingHint(name, keys);
}

/** What to advise where a filter does not exist. */
export function hintForFilter(name: string): string | undefined {
  return functions.has(name) ? `It is a function: write \`${name}(…)\`.` : spellingHint(name, [...filters.keys()]);
}

/** What to advise where a function does not exist. */
export function hintForFunction(name: string, ofHost: readonly string[]): string | undefined {
  if (filters.has(name)) return `It is a filter: write \`… | ${name}\`.`;
  return spellingHint(name, [...functions.keys(), ...ofHost]);
}

/** What to advise where no value has a method. */
export function hintForMethod(name: string): string | undefined {
  return filters.has(name) ? `It is a filter: write \`… | ${name}\`.` : spellingHint(name, [...methods.keys()]);
}

/** What to advise where a value of this kind lacks a method, or finds nothing by it. */
export function hintForReceiver(target: unknown, name: string): string {
  return target === null ? "The value before it is null." : `\`${name}\` finds nothing in ${describe(target)}.`;
}

// `inputs.my-id` reads `inputs.my` and subtracts.
function dashHint(name: string, names: readonly string[]): string | undefined {
  if (name === "") return undefined;
  const dashed = names.slice(0, NAMES_COMPARED_MAX).find((candidate) => candidate.startsWith(`${name}-`));
  return dashed === undefined ? undefined : `A name can't contain a dash: write \`['${dashed}']\`.`;
}

function spellingHint(name: string, names: readonly string[]): string | undefined {
  const best = nearest(name, names.slice(0, NAMES_COMPARED_MAX));
  return best === undefined ? undefined : `Did you mean \`${best}\`?`;
}
