import { nearest, parseDuration } from "@capstan/model";
import type { LabelDemand, TextCondition, TextDemand, TextOperator } from "@capstan/store";
import { Refusal } from "../refusal.ts";
import type { Criterion, FieldRule, Mutable, Operator } from "./criteria.ts";

/** Where flows live that look after the server itself. */
export const SYSTEM_NAMESPACE = "system";

const CHOICE = ["EQUALS", "NOT_EQUALS", "IN", "NOT_IN"] as const;
const TEXT = [...CHOICE, "CONTAINS", "STARTS_WITH", "ENDS_WITH"] as const;
const DATE = ["GREATER_THAN_OR_EQUAL_TO", "GREATER_THAN", "LESS_THAN_OR_EQUAL_TO", "LESS_THAN", "EQUALS"] as const;

interface Texts {
  readonly texts?: readonly TextDemand<string>[];
}
/** The fields on which a filter takes conditions. */
type TextOf<Filter> = Filter extends { readonly texts?: readonly TextDemand<infer Field>[] } ? Field : never;

/** A text. `exact` is the property of the filter that an index serves; all else are conditions. */
export function text<Filter>(field: TextOf<Filter>, exact?: keyof Filter): FieldRule<Texts> {
  return {
    flat: "EQUALS",
    operators: TEXT,
    apply(filter, criterion) {
      const [only, ...others] = criterion.values;
      const isExact = exact !== undefined && criterion.operator === "EQUALS" && others.length === 0;
      if (isExact && !Object.hasOwn(filter, exact)) Object.assign(filter, { [exact]: only });
      else demandText(filter, field, criterion);
    },
  };
}

function demandText(filter: Mutable<Texts>, field: string, { operator, values }: Criterion): void {
  filter.texts = [...(filter.texts ?? []), { field, ...conditionOf(operator, values) }];
}

function conditionOf(operator: Operator, values: readonly string[]): TextCondition {
  if (operator === "NOT_EQUALS" || operator === "NOT_IN") return { operator: "IN", values, negated: true };
  const known = TEXT_OPERATORS[operator];
  if (known === undefined) throw new TypeError(`the operator ${operator} is none of texts`);
  return { operator: known, values };
}

const TEXT_OPERATORS: Readonly<Partial<Record<Operator, TextOperator>>> = {
  EQUALS: "IN",
  IN: "IN",
  CONTAINS: "CONTAINS",
  STARTS_WITH: "STARTS_WITH",
  ENDS_WITH: "ENDS_WITH",
  PREFIX: "WITHIN",
};

/** The id of a flow, of which patterns can be tried. */
export function flowId<Filter>(field: TextOf<Filter>, exact?: keyof Filter): FieldRule<Texts> {
  return { ...text<Filter>(field, exact), operators: [...TEXT, "REGEX"], names: "flowIds" };
}

interface InNamespace extends Texts {
  readonly namespace?: string;
  readonly namespacePrefix?: string;
}

/** A namespace: flat and PREFIX mean the namespace and those below it, EQUALS the namespace alone. */
export const namespace: FieldRule<InNamespace> = {
  flat: "PREFIX",
  operators: [...TEXT, "PREFIX", "REGEX"],
  names: "namespaces",
  apply(filter, criterion) {
    const { operator } = criterion;
    const values = criterion.values.map((value) => value.replace(/\.$/, ""));
    const [only, ...others] = values;
    const isOne = only !== undefined && others.length === 0;
    if (operator === "EQUALS" && isOne && filter.namespace === undefined) filter.namespace = only;
    else if (operator === "PREFIX" && isOne && filter.namespacePrefix === undefined) filter.namespacePrefix = only;
    else demandText(filter, "namespace", operator === "PREFIX" ? { ...criterion, values } : criterion);
  },
};

/** SYSTEM is the system's namespace with all below it, USER everything else. */
export const scope: FieldRule<InNamespace> = {
  flat: "EQUALS",
  operators: CHOICE,
  apply(filter, criterion) {
    const chosen = chosenOf(criterion, ["USER", "SYSTEM"]);
    if (chosen.length === 2) return;
    const values = chosen.length === 0 ? [] : [SYSTEM_NAMESPACE];
    const negated = chosen[0] === "USER";
    filter.texts = [...(filter.texts ?? []), { field: "namespace", operator: "WITHIN", values, negated }];
  },
};

/** Free text, which any of the fields may contain; negated, none of them. A lone asterisk stands for every text. */
export function freeText<Filter>(...fields: readonly TextOf<Filter>[]): FieldRule<Texts & { readonly query?: string }> {
  return {
    flat: "CONTAINS",
    operators: ["EQUALS", "NOT_EQUALS", "CONTAINS"],
    apply(filter, { field, operator, values }) {
      const [wanted = "", ...others] = values;
      if (wanted === "*" && others.length === 0 && operator !== "NOT_EQUALS") return;
      if (operator === "NOT_EQUALS")
        for (const one of fields)
          filter.texts = [...(filter.texts ?? []), { field: one, operator: "CONTAINS", values, negated: true }];
      else if (others.length > 0 || filter.query !== undefined) throw severalTexts(field);
      else filter.query = wanted;
    },
  };
}

export function severalTexts(field: string): Refusal {
  return new Refusal("filter-value", `${field} is one text; it was given several`);
}

interface Labelled {
  readonly labels?: readonly { readonly key: string; readonly value: string }[];
  readonly labelDemands?: readonly LabelDemand[];
}

/** Labels, written `[key]=value` or `=key:value`. */
export const labels: FieldRule<Labelled> = {
  flat: "EQUALS",
  operators: [...CHOICE, "CONTAINS"],
  apply(filter, { key, operator, values }) {
    const wanted = key === undefined ? values.map(readLabel) : values.map((value) => ({ key, value }));
    if (operator === "EQUALS") filter.labels = [...(filter.labels ?? []), ...wanted];
    else
      for (const one of new Set(wanted.map((label) => label.key))) {
        const ofKey = wanted.filter((label) => label.key === one).map(({ value }) => value);
        filter.labelDemands = [...(filter.labelDemands ?? []), { key: one, ...conditionOf(operator, ofKey) }];
      }
  },
};

/** A label written as `key:value`. Throws 422. */
export function readLabel(written: string): { key: string; value: string } {
  const colon = written.indexOf(":");
  if (colon < 1) throw new Refusal("label-invalid", `A label is written key:value, not "${written}"`);
  return { key: written.slice(0, colon), value: written.slice(colon + 1) };
}

type Bounds<Field extends string> = { readonly [Key in Field]?: number };

/** A date between bounds, which several criteria narrow. `flat` says which of them a flat parameter is. */
export function date<Field extends string>(
  after: Field,
  before: Field,
  flat: "GREATER_THAN_OR_EQUAL_TO" | "LESS_THAN_OR_EQUAL_TO",
): FieldRule<Bounds<Field>> {
  return {
    flat,
    operators: DATE,
    apply(filter, criterion) {
      const at = readDate(criterion);
      const { operator } = criterion;
      if (operator.startsWith("GREATER") || operator === "EQUALS")
        raise(filter, after, operator === "GREATER_THAN" ? at + 1 : at);
      if (operator.startsWith("LESS") || operator === "EQUALS")
        lower(filter, before, operator === "LESS_THAN" ? at - 1 : at);
    },
  };
}

function raise<Field extends string>(filter: Bounds<Field>, field: Field, bound: number): void {
  Object.assign(filter, { [field]: Math.max(bound, filter[field] ?? bound) });
}

function lower<Field extends string>(filter: Bounds<Field>, field: Field, bound: number): void {
  Object.assign(filter, { [field]: Math.min(bound, filter[field] ?? bound) });
}

/** A duration that ends now: the same as a start. */
export function timeRange<Field extends string>(after: Field): FieldRule<Bounds<Field>> {
  return {
    flat: "EQUALS",
    operators: ["EQUALS"],
    excludes: "startDate",
    apply(filter, { field, values }, now) {
      const [written = ""] = values;
      const length = parseDuration(written);
      if (length === undefined)
        throw new Refusal("filter-value", `${field} is not an ISO-8601 duration such as PT24H: "${written}"`);
      raise(filter, after, now - length);
    },
  };
}

/** Words of a closed list. What the operators leave of it is set, less what was left before. */
export function words<Field extends string, Word extends string>(
  field: Field,
  all: readonly Word[],
): FieldRule<{ readonly [Key in Field]?: readonly Word[] }> {
  return {
    flat: "EQUALS",
    operators: CHOICE,
    apply(filter: { readonly [Key in Field]?: readonly Word[] | undefined }, criterion) {
      const before: readonly Word[] = filter[field] ?? all;
      const chosen = chosenOf(criterion, all);
      Object.assign(filter, { [field]: before.filter((word) => chosen.includes(word)) });
    },
  };
}

/** One of two words, as a flag: whether it is the first. */
export function eitherOr<Field extends string>(
  field: Field,
  yes: string,
  no: string,
): FieldRule<{ readonly [Key in Field]?: boolean }> {
  return {
    flat: "EQUALS",
    operators: CHOICE,
    apply(filter: { readonly [Key in Field]?: boolean | undefined }, criterion) {
      const [only, ...others] = chosenOf(criterion, [yes, no]);
      if (others.length > 0) return;
      // Nothing can be both, or neither. To take one of the two would match what was not asked for.
      if (only === undefined || (filter[field] !== undefined && filter[field] !== (only === yes)))
        throw new Refusal("filter-conflict", `${criterion.field} can't be both ${yes} and ${no}, or neither`);
      Object.assign(filter, { [field]: only === yes });
    },
  };
}

/** The words of a closed list that pass. Throws 400 for a word that is not in it, with the nearest that is. */
export function chosenOf<Word extends string>(criterion: Criterion, all: readonly Word[]): readonly Word[] {
  const { field, operator, values } = criterion;
  const named = new Set(values.map((value) => wordOf(field, value, all)));
  const isNegated = operator === "NOT_EQUALS" || operator === "NOT_IN";
  return all.filter((word) => named.has(word) !== isNegated);
}

function wordOf<Word extends string>(field: string, value: string, all: readonly Word[]): Word {
  const word = all.find((one) => one.toLowerCase() === value.toLowerCase());
  if (word !== undefined) return word;
  const guess = nearest(value, all);
  const hint = guess === undefined ? "." : ` — did you mean "${guess}"?`;
  throw new Refusal("filter-value", `${field} can't be "${value}"${hint} It is one of ${all.join(", ")}`);
}

/** Epoch milliseconds of an ISO-8601 date or time; without a zone it is UTC. Throws 400. */
function readDate({ field, values }: Criterion): number {
  const [written = ""] = values;
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/i.test(written);
  const time = Date.parse(/^\d{4}-\d\d-\d\d$/.test(written) || hasZone ? written : `${written}Z`);
  if (!Number.isNaN(time)) return time;
  throw new Refusal("filter-value", `${field} is not a date such as 2026-01-31T08:00:00Z: "${written}"`);
}
