import { createRandom } from "../random.ts";
import type { Tenant } from "./tenants.ts";

/** The number of the cell of each tenant, in the order of the tenants. */
export type Places = readonly number[];

/** How tenants find their cell. */
export interface Placement {
  readonly name: string;
  place(tenants: readonly Tenant[], cells: number): Places;
  /** Where they are once there is one more cell, whose number is `cells`. */
  grow(tenants: readonly Tenant[], places: Places, cells: number): Places;
}

/**
 * Rendezvous hashing: each tenant goes to the cell that draws the highest number for it. Whoever knows how many cells there are
 * knows where everybody is; a new cell takes only those for whom it draws the highest.
 */
export const rendezvous: Placement = {
  name: "by hash",
  place: (tenants, cells) => tenants.map(({ id }) => highest(id, cells)),
  grow: (tenants, _, cells) => tenants.map(({ id }) => highest(id, cells + 1)),
};

/** A tenant with more than this share of the mean load of a cell is big. */
const BIG_SHARE = 0.05;

/**
 * A table says where everybody is. The big ones are put first, the largest before the others; each of the rest comes to the cell that has the
 * least load at that moment. A new cell is given tenants of the fullest cells, as few as bring it to the mean.
 */
export const leastLoaded: Placement = {
  name: "by table",
  place: (tenants, cells) => {
    const loads = new Float64Array(cells);
    const places = tenants.map(() => 0);
    for (const index of inOrder(tenants, cells)) {
      const cell = loads.indexOf(Math.min(...loads));
      places[index] = cell;
      loads[cell]! += tenants[index]!.load;
    }
    return places;
  },
  grow: (tenants, places, cells) => {
    const loads = [...loadsOf(tenants, places, cells), 0];
    const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
    const grown = [...places];
    for (;;) {
      const moved = loads
        .map((load, cell) => ({ load, cell }))
        .toSorted((one, other) => other.load - one.load)
        // Neither leaves its cell below the mean, nor brings the new one above it.
        .map(({ load, cell }) => ({ cell, room: Math.min(mean - loads[cells]!, load - mean) }))
        .map((from) => largestWithin(tenants, grown, from))
        .find((index) => index !== undefined);
      if (moved === undefined) return grown;
      loads[grown[moved]!]! -= tenants[moved]!.load;
      loads[cells]! += tenants[moved]!.load;
      grown[moved] = cells;
    }
  },
};

/** What each cell has to do, given the load of each tenant. */
export function loadsOf(tenants: readonly Tenant[], places: Places, cells: number): Float64Array {
  const loads = new Float64Array(cells);
  for (const [index, { load }] of tenants.entries()) loads[places[index]!]! += load;
  return loads;
}

function highest(tenant: string, cells: number): number {
  const drawn = Array.from({ length: cells }, (_, cell) => createRandom(cell, tenant).next());
  return drawn.indexOf(Math.max(...drawn));
}

/** Big ones by their size, then the rest as they came. */
function inOrder(tenants: readonly Tenant[], cells: number): readonly number[] {
  const least = (BIG_SHARE * tenants.reduce((sum, { load }) => sum + load, 0)) / cells;
  const all = tenants.map((_, index) => index);
  const big = all.filter((index) => tenants[index]!.load > least);
  return [
    ...big.toSorted((one, other) => tenants[other]!.load - tenants[one]!.load),
    ...all.filter((index) => tenants[index]!.load <= least),
  ];
}

/** The largest tenant of a cell whose load is no more than `room`. */
function largestWithin(
  tenants: readonly Tenant[],
  places: Places,
  { cell, room }: { readonly cell: number; readonly room: number },
): number | undefined {
  let found: number | undefined;
  for (const [index, { load }] of tenants.entries()) {
    if (places[index] !== cell || load > room) continue;
    if (found === undefined || load > tenants[found]!.load) found = index;
  }
  return found;
}
