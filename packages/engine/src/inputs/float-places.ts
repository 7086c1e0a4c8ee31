import type { Place } from "@capstan/expression";
import type { InputType } from "@capstan/model";

interface Declared {
  readonly id: string;
  readonly type: InputType;
  readonly itemType?: InputType;
  readonly properties?: readonly Declared[];
}

/** Where the values of declared inputs or outputs are floats, or lists of them; dotted ids are nested. */
export function floatPlaces(declared: readonly Declared[]): readonly Place[] {
  return declared.flatMap(({ id, type, itemType = type, properties = [] }) =>
    itemType === "FLOAT" ? [id.split(".")] : floatPlaces(properties).map((place) => [...id.split("."), ...place]),
  );
}
