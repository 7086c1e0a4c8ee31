import { type FilterDefinition, tableOf } from "../evaluation/definition.ts";
import { dataFilters } from "./data.ts";
import { dateFilters } from "./date.ts";
import { encodingFilters } from "./encoding.ts";
import { listFilters } from "./list.ts";
import { numberFilters } from "./number.ts";
import { patternFilters } from "./pattern.ts";
import { textFilters } from "./text.ts";

/** All filters by name. */
export const filters: ReadonlyMap<string, FilterDefinition> = tableOf<FilterDefinition>(
  textFilters,
  patternFilters,
  listFilters,
  numberFilters,
  encodingFilters,
  dataFilters,
  dateFilters,
);
