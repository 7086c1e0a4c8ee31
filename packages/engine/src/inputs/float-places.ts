import type { Place } from "@capstan/expression";
import type { InputType } from "@capstan/model";

/** Where the values of declared inputs or outputs are floats, or lists of them; dotted ids are nested. */
export function floatPlaces(
  declared: readonly { readonly id: string; readonly type: InputType; readonly itemType?: InputType }[],
): readonly Place[] {
  return declared.filter(({ type, itemType = type }) => itemType === "FLOAT").map(({ id }) => id.split("."));
}
