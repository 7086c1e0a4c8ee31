import type { Benchmark, Figure } from "./benchmark.ts";

/** One line of JSON for a figure, for those who keep them. */
export function jsonLine(benchmark: Benchmark, figure: Figure): string {
  const { floor } = figure;
  return JSON.stringify({
    benchmark: benchmark.name,
    ...figure,
    ...(floor === undefined ? {} : { ratio: figure.value / floor.value }),
    ...(figure.goal === undefined ? {} : { met: isMet(figure) }),
  });
}

/** The figures of a benchmark as a table for people. */
export function table(benchmark: Benchmark, figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [figure.what, amount(figure.value, figure.unit), goal(figure), ratio(figure)]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")}`.trimEnd());
  return [`${benchmark.name}: ${benchmark.claim}`, ...lines].join("\n");
}

function amount(value: number, unit: string): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toLocaleString("en", { maximumFractionDigits: digits })} ${unit}`;
}

function goal(figure: Figure): string {
  if (figure.goal === undefined) return "";
  const bound = "max" in figure.goal ? `≤ ${figure.goal.max}` : `≥ ${figure.goal.min}`;
  return `goal ${bound} ${isMet(figure) ? "met" : "missed"}`;
}

function isMet({ value, goal }: Figure): boolean {
  if (goal === undefined) return true;
  return "max" in goal ? value <= goal.max : value >= goal.min;
}

function ratio({ value, floor, unit }: Figure): string {
  return floor === undefined
    ? ""
    : `${(value / floor.value).toFixed(2)} × ${floor.what} (${amount(floor.value, unit)})`;
}
