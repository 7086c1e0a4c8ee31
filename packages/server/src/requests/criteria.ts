import { nearest } from "@capstan/model";
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
  /** Texts, none of them empty. There are none where a pattern fits nothing. */
  readonly values: readonly string[];
}

/** How a resource understands one field: what a flat parameter means, which operators it has, what it sets. */
export interface FieldRule<Filter> {
  readonly flat: Operator;
  readonly operators: readonly Operator[];
  apply(filter: Mutable<Filter>, criterion: Criterion, now: number): void;
  /** What the patterns of REGEX are tried on. Absent where there is no such operator. */
  readonly names?: "namespaces" | "flowIds";
  /** A field that says the same in another way, so that both together make no sense. */
  readonly excludes?: string;
}
export type Mutable<Filter> = { -readonly [Key in keyof Filter]: Filter[Key] };
export type FieldRules<Filter> = Readonly<Record<string, FieldRule<Filter>>>;

const BRACKETS = /^filters\[(\w+)\]\[(\w+)\](?:\[(.+)\])?$/;
/** What lists take besides filters. */
const PAGING = new Set(["page", "size", "sort", "dateFilter"]);

/**
 * Every criterion of a query, by the rules of the resource. A parameter that is no filter is passed over, unless it is
 * one of its own misspelled. Throws 400 for a field, an operator or a parameter that it lacks, with the nearest that it
 * has, and 422 for two fields that exclude each other.
 */
export function readCriteria<Filter>(query: object, rules: FieldRules<Filter>): readonly Criterion[] {
  const criteria: Criterion[] = [];
  for (const [name, value] of Object.entries(query)) {
    const values = (Array.isArray(value) ? value : [value]).map(String).filter((one) => one !== "");
    if (name.startsWith("filters")) criteria.push(bracketed(name, values, rules));
    else if (PAGING.has(name)) continue;
    else if (Object.hasOwn(rules, name)) criteria.push({ field: name, operator: rules[name]!.flat, values });
    else refuseMisspelled(name, rules);
  }
  const given = criteria.filter(({ values }) => values.length > 0);
  refuseExclusive(given, rules);
  return given;
}

/** As `readCriteria`, but throws 400 for any parameter that is neither a filter nor one of the route's `own`. */
export function readStrictCriteria<Filter>(
  query: object,
  rules: FieldRules<Filter>,
  own: readonly string[],
): readonly Criterion[] {
  refuseUnknown(query, [...Object.keys(rules), ...own]);
  const filters = Object.fromEntries(Object.entries(query).filter(([name]) => !own.includes(name)));
  return readCriteria(filters, rules);
}

/** Throws 400 for a parameter that is neither in brackets nor known: a change must not be of more than was asked for. */
export function refuseUnknown(query: object, known: readonly string[]): void {
  for (const name of Object.keys(query))
    if (!name.startsWith("filters") && !known.includes(name)) throw unknown("parameter", name, known);
}

/** Filters of a body as the parameters of a query that say the same. */
export function queryOf(
  filters: readonly {
    readonly field: string;
    readonly operation: string;
    readonly value: string | readonly string[] | Readonly<Record<string, string>>;
  }[],
): Readonly<Record<string, readonly string[]>> {
  const query: Record<string, string[]> = {};
  const add = (name: string, values: readonly string[]) => (query[name] = [...(query[name] ?? []), ...values]);
  for (const { field, operation, value } of filters) {
    const name = `filters[${field}][${operation}]`;
    if (typeof value === "string") add(name, [value]);
    else if (Array.isArray(value)) add(name, value);
    else for (const [key, one] of Object.entries(value)) add(`${name}[${key}]`, [one]);
  }
  return query;
}

function bracketed<Filter>(name: string, values: readonly string[], rules: FieldRules<Filter>): Criterion {
  const [, written, operator = "", key] = BRACKETS.exec(name) ?? [];
  if (written === undefined)
    throw new Refusal("filter-unknown", `"${name}" is no filter; write filters[field][OPERATOR]=value`);
  const field = Object.keys(rules).find((known) => plain(known) === plain(written === "query" ? "q" : written));
  if (field === undefined) throw unknown("filter field", written, Object.keys(rules));
  const { operators } = rules[field]!;
  const known = operators.find((one) => one === operator);
  if (known === undefined) throw unknown(`operator of the filter field ${field}`, operator, operators);
  const isList = known === "IN" || known === "NOT_IN";
  return {
    field,
    operator: known,
    values: isList ? values.flatMap((value) => value.split(",")).filter((value) => value !== "") : values,
    ...(key !== undefined && { key }),
  };
}

/** Clients write `flowId` or `FLOW_ID`. */
function plain(field: string): string {
  return field.replaceAll("_", "").toLowerCase();
}

function unknown(what: string, name: string, known: readonly string[]): Refusal {
  const guess = nearest(name, known);
  const hint = guess === undefined ? "." : ` — did you mean "${guess}"?`;
  return new Refusal("filter-unknown", `Unknown ${what} "${name}"${hint} Known are ${known.join(", ")}`);
}

/** What is passed over silently would show everything instead of what was asked for. */
function refuseMisspelled<Filter>(name: string, rules: FieldRules<Filter>): void {
  if (nearest(name, Object.keys(rules)) !== undefined) throw unknown("parameter", name, Object.keys(rules));
}

function refuseExclusive<Filter>(criteria: readonly Criterion[], rules: FieldRules<Filter>): void {
  for (const { field } of criteria) {
    const { excludes } = rules[field]!;
    if (excludes !== undefined && criteria.some((other) => other.field === excludes))
      throw new Refusal("filter-conflict", `${field} and ${excludes} can't be given together`);
  }
}
