import { parseDuration } from "@capstan/model";
import { Refusal } from "../refusal.ts";

export type Operator =
  | "EQUALS"
  | "NOT_EQUALS"
  | "GREATER_THAN"
  | "LESS_THAN"
  | "GREATER_THAN_OR_EQUAL_TO"
  | "LESS_THAN_OR_EQUAL_TO"
  | "IN"
  | "NOT_IN"
  | "STARTS_WITH"
  | "ENDS_WITH"
  | "CONTAINS"
  | "REGEX"
  | "PREFIX";

/** One condition of a search, from `filters[field][operator]=value` or from a flat parameter. */
export interface Criterion {
  readonly field: string;
  readonly operator: Operator;
  /** The key of a map: `filters[labels][EQUALS][team]`. */
  readonly key?: string;
  /** Never empty. */
  readonly values: readonly string[];
}

/** How a resource understands one field: what a flat parameter means, which operators it has, what it sets. */
export interface FieldRule<Filter> {
  readonly flat: Operator;
  readonly operators: readonly Operator[];
  apply(filter: Mutable<Filter>, criterion: Criterion, now: number): void;
}
export type Mutable<Filter> = { -readonly [Key in keyof Filter]: Filter[Key] };
export type FieldRules<Filter> = Readonly<Record<string, FieldRule<Filter>>>;

const BRACKETS = /^filters\[(\w+)\]\[(\w+)\](?:\[(.+)\])?$/;
const PAGING = new Set(["page", "size", "sort", "dateFilter", "cursor"]);

/**
 * Every criterion of a query, by the rules of the resource. Throws 400 for a field or an operator that it lacks, unless
 * it `passesOver` the fields it does not know.
 */
export function readCriteria<Filter>(
  query: object,
  rules: FieldRules<Filter>,
  { passesOver = false }: { readonly passesOver?: boolean } = {},
): readonly Criterion[] {
  const criteria: Criterion[] = [];
  for (const [name, value] of Object.entries(query)) {
    const values = (Array.isArray(value) ? value : [value]).map(String);
    if (name.startsWith("filters")) {
      if (!passesOver || fieldOf(name, rules) !== undefined) criteria.push(bracketed(name, values, rules));
    } else if (Object.hasOwn(rules, name) && !PAGING.has(name) && values.some((one) => one !== ""))
      criteria.push({ field: name, operator: rules[name]!.flat, values });
  }
  return criteria;
}

/** Sets what the criteria of a query say on top of `base`. */
export function readFilter<Filter extends object>(
  query: object,
  base: Filter,
  rules: FieldRules<Filter>,
  now: number,
): Filter {
  const filter: Mutable<Filter> = { ...base };
  for (const criterion of readCriteria(query, rules)) rules[criterion.field]!.apply(filter, criterion, now);
  return filter;
}

/**
 * As `readFilter`, for a change of everything that matches: parameters that are not understood, or none at all, are
 * refused, because they would silently match everything.
 */
export function readStrictFilter<Filter extends object>(
  query: object,
  base: Filter,
  rules: FieldRules<Filter>,
  own: readonly string[],
  now: number,
): Filter {
  for (const name of Object.keys(query))
    if (!name.startsWith("filters") && !Object.hasOwn(rules, name) && !own.includes(name))
      throw new Refusal(
        "filter-unknown",
        400,
        `Unknown parameter "${name}"; known are ${Object.keys(rules).join(", ")}`,
      );
  if (readCriteria(query, rules).length === 0)
    throw new Refusal("filter-missing", 400, "A change by query needs at least one filter");
  return readFilter(query, base, rules, now);
}

function bracketed<Filter>(name: string, values: readonly string[], rules: FieldRules<Filter>): Criterion {
  const [, , operator = "", key] = BRACKETS.exec(name) ?? [];
  const field = fieldOf(name, rules);
  if (field === undefined)
    throw new Refusal(
      "filter-unknown",
      400,
      `Unknown filter "${name}"; known fields are ${Object.keys(rules).join(", ")}`,
    );
  const rule = rules[field]!;
  const known = rule.operators.find((one) => one === operator);
  if (known === undefined)
    throw new Refusal(
      "filter-operator",
      400,
      `The field ${field} has no operator "${operator}"; it has ${rule.operators.join(", ")}`,
    );
  const isList = known === "IN" || known === "NOT_IN";
  return {
    field,
    operator: known,
    values: isList ? values.flatMap((value) => value.split(",")) : values,
    ...(key !== undefined && { key }),
  };
}

function fieldOf<Filter>(name: string, rules: FieldRules<Filter>): string | undefined {
  const written = BRACKETS.exec(name)?.[1] ?? "";
  return Object.keys(rules).find((known) => plain(known) === plain(written === "query" ? "q" : written));
}

/** Clients write `flowId` or `FLOW_ID`. */
function plain(field: string): string {
  return field.replaceAll("_", "").toLowerCase();
}

/** Epoch milliseconds of an ISO-8601 date or time; without a zone it is UTC. Throws 400. */
export function readDate(criterion: Criterion): number {
  const text = criterion.values[0] ?? "";
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
  const time = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) || hasZone ? text : `${text}Z`);
  if (Number.isNaN(time)) throw new Refusal("filter-value", 400, `${criterion.field} is not a date: "${text}"`);
  return time;
}

/** The start of a range that ends now. Throws 400. */
export function readRange(criterion: Criterion, now: number): number {
  const length = parseDuration(criterion.values[0] ?? "");
  if (length === undefined)
    throw new Refusal(
      "filter-value",
      400,
      `${criterion.field} is not an ISO-8601 duration: "${criterion.values[0] ?? ""}"`,
    );
  return now - length;
}

/** The values, each one of a closed list. Throws 400. */
export function readWords<Word extends string>(criterion: Criterion, words: readonly Word[]): readonly Word[] {
  return criterion.values.map((value) => {
    const word = words.find((one) => one === value);
    if (word === undefined)
      throw new Refusal(
        "filter-value",
        400,
        `${criterion.field} can't be "${value}"; it is one of ${words.join(", ")}`,
      );
    return word;
  });
}
