import type { Parameter } from "./evaluation/definition.ts";
import { filters } from "./filters/registry.ts";
import { functions } from "./functions/registry.ts";
import { tests } from "./predicates/registry.ts";

/** What documentation and editors show of a filter, function or test. */
export interface Documented {
  readonly name: string;
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  /** Why not to use it any more. */
  readonly deprecated?: string;
}

export const filterReference: readonly Documented[] = [...filters.values()];
export const functionReference: readonly Documented[] = [...functions.values()];
export const testReference: readonly Documented[] = [...tests.values()];

/** Built-in ones; those of a host are known to the host. */
export const filterNames: readonly string[] = [...filters.keys()];
export const functionNames: readonly string[] = [...functions.keys()];
