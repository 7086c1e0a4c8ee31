import { parseTemplate } from "../syntax/parse-template.ts";
import type { Problem } from "../syntax/tokens.ts";
import { collectUses } from "./collect-uses.ts";
import type { NamedUse, Reference } from "./visit-expression.ts";

/** What a source says, without running it. Offsets and lengths count characters of the source. */
export interface Analysis {
  /** In the order of their places: what can't be read, and calls of known filters and functions that can't work. */
  readonly errors: readonly Problem[];
  /** Variables of the scope that are read; the template's own variables are left out. */
  readonly references: readonly Reference[];
  readonly filters: readonly NamedUse[];
  /** Functions called; macros of the template are left out. */
  readonly functions: readonly NamedUse[];
  /** What stands behind `is` and `is not`. */
  readonly tests: readonly NamedUse[];
}

/** Reads a source as far as it can be read. Never throws; for static checks and editors. */
export function analyse(source: string): Analysis {
  const { nodes, problems } = parseTemplate(source);
  const uses = collectUses(nodes);
  return {
    errors: [...problems, ...uses.problems].toSorted((left, right) => left.offset - right.offset),
    references: uses.references,
    filters: uses.filters,
    functions: uses.functions,
    tests: uses.tests,
  };
}
