import type { CellsAsked } from "./arguments.ts";
import { type Answers, answersOf } from "./cells.ts";
import { leastLoaded, type Placement, rendezvous } from "./placement.ts";

const ROWS: Readonly<Record<keyof Answers, string>> = {
  fullest: "fullest cell, over the week",
  fullestHour: "fullest cell, in its worst hour",
  overloaded: "hours with a cell above what it carries",
  moved: "tenants that move for one more cell",
  fullestAfter: "fullest cell after that, over the week",
  lostTenants: "tenants hit by the worst loss of a cell",
  lostLoad: "load hit by the worst loss of a cell",
};

/** Plays the worlds with each placement, and tells the median of each answer, and the worst. */
export function cellsReport({ first, last, options }: CellsAsked): string {
  const { cells, capacity, tenants } = options;
  const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const placements = [rendezvous, leastLoaded];
  const answers = placements.map((placement) => seeds.map((seed) => answersOf(seed, placement, options)));
  const names = Object.keys(ROWS) as (keyof Answers)[];
  const lines = names.map((name) => [ROWS[name], ...answers.map((worlds) => share(worlds.map((one) => one[name])))]);
  return [
    `${tenants.count} tenants with ${tenants.load} executions a second on ${cells} cells that carry ${capacity} each: ` +
      `${percent(tenants.load / cells / capacity)} on average. Seeds ${first}..${last}: median, and the worst`,
    "",
    ...table([["", ...placements.map(({ name }: Placement) => name)], ...lines]),
  ].join("\n");
}

function share(values: readonly number[]): string {
  const sorted = values.toSorted((one, other) => one - other);
  return `${percent(sorted[Math.floor(sorted.length / 2)]!)}  (${percent(sorted.at(-1)!)})`;
}

function percent(value: number): string {
  return `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`;
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("   ")
      .trimEnd(),
  );
}
