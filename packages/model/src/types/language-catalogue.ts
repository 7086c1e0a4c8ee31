import type { TypeDefinition } from "../catalogue.ts";
import { CONDITIONS } from "./conditions.ts";
import { EXECUTION_UPDATES } from "./executions.ts";
import { FLOWABLES, SUBFLOW } from "./flowables.ts";
import { TRIGGERS } from "./triggers.ts";

/** Definitions of the types that belong to the language itself; all others come from plugins. */
export function languageCatalogue(): TypeDefinition[] {
  return [...FLOWABLES, SUBFLOW, ...EXECUTION_UPDATES, ...TRIGGERS, ...CONDITIONS];
}
