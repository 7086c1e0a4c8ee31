import type { Parameters } from "@capstan/sdk/http";

type Operator = "EQUALS" | "IN" | "PREFIX" | "STARTS_WITH" | "GREATER_THAN_OR_EQUAL_TO" | "LESS_THAN_OR_EQUAL_TO";
/** Undefined and an empty list ask for nothing. */
type Value = string | readonly string[] | undefined;

/** One condition of a search; `key` is that of a label. */
export interface Filter {
  readonly field: string;
  readonly operator: Operator;
  readonly value: Value;
  readonly key?: string;
}

/** The parameters of a search, in the one spelling that servers before and since 2.0 read alike. */
export function filterParameters(filters: readonly Filter[]): Parameters {
  const parameters: Record<string, string> = {};
  for (const { field, operator, value, key } of filters) {
    const text = typeof value === "object" ? value.join(",") : value;
    if (text === undefined || text === "") continue;
    parameters[`filters[${field}][${operator}]${key === undefined ? "" : `[${key}]`}`] = text;
  }
  return parameters;
}

/** From epoch milliseconds. */
export function instantValue(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}
