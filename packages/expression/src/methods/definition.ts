import type { Arguments, Definition } from "../evaluation/definition.ts";
import type { Runtime } from "../evaluation/runtime.ts";
import type { AnyMap } from "../values/maps.ts";
import type { Numeric } from "../values/numbers.ts";

/** A method of Java's classes. A value has it when there is a function for its kind. */
export interface MethodDefinition extends Definition {
  ofText?(text: string, given: Arguments, runtime: Runtime): unknown;
  ofList?(list: readonly unknown[], given: Arguments, runtime: Runtime): unknown;
  ofMap?(map: AnyMap, given: Arguments, runtime: Runtime): unknown;
  ofNumber?(number: Numeric, given: Arguments, runtime: Runtime): unknown;
  /** Of a text, number or boolean alike. */
  ofScalar?(scalar: unknown, given: Arguments, runtime: Runtime): unknown;
}
