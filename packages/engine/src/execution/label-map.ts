import { createNestedValues } from "../inputs/nested-values.ts";
import type { Label } from "./execution.ts";

/** Labels as a map; dotted keys are nested, so that `labels.system.correlationId` reads as written. */
export function labelMap(labels: readonly Label[]): Record<string, unknown> {
  const values = createNestedValues();
  for (const { key, value } of labels) values.set(key, value);
  return values.map;
}
