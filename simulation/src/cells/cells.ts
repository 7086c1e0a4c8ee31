import { createRandom } from "../random.ts";
import { loadsOf, type Placement, type Places } from "./placement.ts";
import { type BurstOptions, hourOf, type Tenant, type TenantOptions, zipfTenants } from "./tenants.ts";

export interface CellsOptions {
  readonly cells: number;
  /** Executions a second that a cell carries. */
  readonly capacity: number;
  readonly tenants: TenantOptions;
  readonly bursts: BurstOptions;
}

/** What one placement comes to in one world. Shares are of 1. */
export interface Answers {
  /** Load of the fullest cell by what a cell carries: over the week, and in its worst hour. */
  readonly fullest: number;
  readonly fullestHour: number;
  /** Hours in which a cell has more than it carries. */
  readonly overloaded: number;
  /** Tenants that move when a cell is added, and the fullest cell after that. */
  readonly moved: number;
  readonly fullestAfter: number;
  /** Tenants, and load, of the cell whose loss hits most of them. */
  readonly lostTenants: number;
  readonly lostLoad: number;
}

const HOURS = 168;

/** A week of a world, whose tenants and bursts come from the seed alone: the same for each placement. */
export function answersOf(seed: number, placement: Placement, options: CellsOptions): Answers {
  const { cells, capacity } = options;
  const tenants = zipfTenants(options.tenants, createRandom(seed, "tenants"));
  const places = placement.place(tenants, cells);
  const grown = placement.grow(tenants, places, cells);
  const loads = loadsOf(tenants, places, cells);
  const hours = fullestHours(tenants, places, { ...options, seed });
  return {
    fullest: Math.max(...loads) / capacity,
    fullestHour: Math.max(...hours),
    overloaded: hours.filter((utilisation) => utilisation > 1).length / HOURS,
    moved: places.filter((cell, index) => cell !== grown[index]).length / tenants.length,
    fullestAfter: Math.max(...loadsOf(tenants, grown, cells + 1)) / capacity,
    lostTenants: Math.max(...countsOf(places, cells)) / tenants.length,
    lostLoad: Math.max(...loads) / options.tenants.load,
  };
}

/** Load of the fullest cell in each hour, by what a cell carries. */
function fullestHours(
  tenants: readonly Tenant[],
  places: Places,
  { cells, capacity, bursts, seed }: CellsOptions & { readonly seed: number },
): readonly number[] {
  const random = createRandom(seed, "bursts");
  return Array.from({ length: HOURS }, () => {
    const loads = new Float64Array(cells);
    for (const [index, load] of hourOf(tenants, bursts, random).entries()) loads[places[index]!]! += load;
    return Math.max(...loads) / capacity;
  });
}

function countsOf(places: Places, cells: number): Float64Array {
  const counts = new Float64Array(cells);
  for (const cell of places) counts[cell]! += 1;
  return counts;
}
