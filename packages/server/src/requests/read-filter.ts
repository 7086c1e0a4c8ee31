import { matchesPattern, patternProblem } from "@capstan/expression";
import { Refusal } from "../refusal.ts";
import type { Service } from "../service.ts";
import { type Criterion, type FieldRules, type Mutable, readCriteria, readStrictCriteria } from "./criteria.ts";

interface OfTenant {
  readonly tenant: string;
}

/** Sets what the criteria of a query say on top of `base`. Throws 400 and 422 for what is not understood. */
export function readFilter<Filter extends OfTenant>(
  service: Service,
  query: object,
  base: Filter,
  rules: FieldRules<Filter>,
): Promise<Filter> {
  return applied(service, readCriteria(query, rules), base, rules);
}

/**
 * As `readFilter`, for a change of everything that matches: parameters that are not understood, or none at all, are
 * refused, because they would silently match everything.
 */
export function readStrictFilter<Filter extends OfTenant>(
  service: Service,
  query: object,
  base: Filter,
  rules: FieldRules<Filter>,
  own: readonly string[] = [],
): Promise<Filter> {
  const criteria = readStrictCriteria(query, rules, own);
  if (criteria.length === 0) throw new Refusal("filter-missing", "A change by query needs at least one filter");
  return applied(service, criteria, base, rules);
}

async function applied<Filter extends OfTenant>(
  service: Service,
  criteria: readonly Criterion[],
  base: Filter,
  rules: FieldRules<Filter>,
): Promise<Filter> {
  const filter: Mutable<Filter> = { ...base };
  for (const criterion of criteria) {
    const rule = rules[criterion.field]!;
    const { names } = rule;
    const plain =
      criterion.operator === "REGEX" && names !== undefined
        ? withoutPattern(criterion, await namesOf(service, base.tenant, names))
        : criterion;
    rule.apply(filter, plain, service.now());
  }
  return filter;
}

async function namesOf({ runtime }: Service, tenant: string, which: "namespaces" | "flowIds") {
  const keys = await runtime.store.flows.keys(tenant);
  return new Set(keys.map(({ namespace, id }) => (which === "namespaces" ? namespace : id)));
}

/**
 * The names that have a match of the pattern somewhere, as a list. Patterns are tried here, by a matcher whose time is
 * bounded, and not in the store on each row. Throws 400.
 */
function withoutPattern(criterion: Criterion, names: Iterable<string>): Criterion {
  const values = new Set<string>();
  for (const pattern of criterion.values) {
    const problem = patternProblem(pattern);
    if (problem !== undefined)
      throw new Refusal("filter-value", `${criterion.field}: "${pattern}" is no regular expression: ${problem}`);
    for (const name of names) if (found(pattern, name)) values.add(name);
  }
  return { ...criterion, operator: "IN", values: [...values] };
}

function found(pattern: string, name: string): boolean {
  try {
    return matchesPattern(`(?s:.*)(?:${pattern})(?s:.*)`, name);
  } catch (error) {
    throw new Refusal("filter-value", `The pattern can't be tried on "${name}": ${(error as Error).message}`);
  }
}
