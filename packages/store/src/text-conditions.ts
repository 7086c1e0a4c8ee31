import type { Label } from "@capstan/engine";
import type { LabelDemand, TextCondition, TextDemand, TextOperator } from "./filters.ts";

/** Whether a text, or the lack of one, passes a condition. */
export function passes(text: string | undefined, { operator, values, negated = false }: TextCondition): boolean {
  return (text !== undefined && values.some((value) => COMPARISONS[operator](text, value))) !== negated;
}

const COMPARISONS: Readonly<Record<TextOperator, (text: string, value: string) => boolean>> = {
  IN: (text, value) => text === value,
  CONTAINS: (text, value) => text.toLowerCase().includes(value.toLowerCase()),
  STARTS_WITH: (text, value) => text.toLowerCase().startsWith(value.toLowerCase()),
  ENDS_WITH: (text, value) => text.toLowerCase().endsWith(value.toLowerCase()),
  WITHIN: (text, value) => text === value || text.startsWith(`${value}.`),
};

/** Whether the texts of a row pass every demand. */
export function passesAll<Field extends string>(
  row: { readonly [Key in Field]?: string | undefined },
  demands: readonly TextDemand<Field>[] = [],
): boolean {
  return demands.every((demand) => passes(row[demand.field], demand));
}

export function labelsPass(labels: readonly Label[], demands: readonly LabelDemand[] = []): boolean {
  return demands.every(({ key, negated = false, ...condition }) => {
    const isThere = labels.some((label) => label.key === key && passes(label.value, condition));
    return isThere !== negated;
  });
}
