import { describe, expect, test } from "vitest";
import { createRandom } from "../random.ts";
import { parseCellsArguments } from "./arguments.ts";
import { answersOf, type CellsOptions } from "./cells.ts";
import { leastLoaded, loadsOf, rendezvous } from "./placement.ts";
import { cellsReport } from "./report.ts";
import { hourOf, zipfTenants } from "./tenants.ts";

const TENANTS = { count: 1_000, load: 12_800, exponent: 1 };
const OPTIONS: CellsOptions = {
  cells: 8,
  capacity: 4_000,
  tenants: TENANTS,
  bursts: { chance: 0.02, factor: 8, quota: 2_000 },
};
const tenants = zipfTenants(TENANTS, createRandom(1, "tenants"));
const sum = (values: Iterable<number>) => Array.from(values).reduce((total, value) => total + value, 0);

test("loads of tenants follow Zipf's law and come to what all have together", () => {
  const loads = tenants.map(({ load }) => load).toSorted((one, other) => other - one);
  expect(sum(loads)).toBeCloseTo(12_800, 6);
  expect(loads[0]! / loads[9]!).toBeCloseTo(10, 6);
  expect(loads[0]! / loads[999]!).toBeCloseTo(1_000, 6);
});

test("bursts don't change what a tenant has over many hours", () => {
  const one = [{ id: "one", load: 10 }];
  const random = createRandom(1, "bursts");
  const hours = Array.from(
    { length: 100_000 },
    () => hourOf(one, { chance: 0.02, factor: 8, quota: 1_000 }, random)[0]!,
  );
  expect(sum(hours) / hours.length).toBeCloseTo(10, 0);
  expect(new Set(hours.map((load) => load.toFixed(3))).size).toBe(2);
});

test("a quota bounds what a burst brings", () => {
  const one = [{ id: "one", load: 10 }];
  const random = createRandom(1, "bursts");
  const hours = Array.from({ length: 1_000 }, () => hourOf(one, { chance: 0.5, factor: 8, quota: 12 }, random)[0]!);
  expect(Math.max(...hours)).toBe(12);
});

test("the same seed gives the same answers, another one others", () => {
  expect(answersOf(1, rendezvous, OPTIONS)).toEqual(answersOf(1, rendezvous, OPTIONS));
  expect(answersOf(1, rendezvous, OPTIONS)).not.toEqual(answersOf(2, rendezvous, OPTIONS));
});

test("by hash, only those who go to the new cell move, and they are its share", () => {
  const places = rendezvous.place(tenants, 8);
  const moved = rendezvous.grow(tenants, places, 8).filter((cell, index) => cell !== places[index]);
  expect(new Set(moved)).toEqual(new Set([8]));
  expect(moved.length / 1_000).toBeGreaterThan(0.08);
  expect(moved.length / 1_000).toBeLessThan(0.15);
});

test("by hash, each cell has about as many tenants", () => {
  const counts = Array.from(
    { length: 8 },
    (_, cell) => rendezvous.place(tenants, 8).filter((at) => at === cell).length,
  );
  expect(Math.min(...counts)).toBeGreaterThan(90);
  expect(Math.max(...counts)).toBeLessThan(165);
});

describe("by table", () => {
  const places = leastLoaded.place(tenants, 8);
  const loads = loadsOf(tenants, places, 8);

  test("no cell has more than the mean or the largest tenant, and a small one", () => {
    const largest = Math.max(...tenants.map(({ load }) => load));
    expect(Math.max(...loads)).toBeLessThan(Math.max(1_600, largest) + 0.05 * 1_600);
  });

  test("a tenant that is larger than the mean has a cell with as little else as there can be", () => {
    const few = zipfTenants({ count: 20, load: 100, exponent: 2 }, createRandom(1, "tenants"));
    const largest = few.findIndex(({ load }) => load > 50);
    const apart = leastLoaded.place(few, 4);
    expect(apart.filter((cell) => cell === apart[largest])).toHaveLength(1);
  });

  test("a new cell takes few tenants, as much as those above the mean have too much", () => {
    const grown = leastLoaded.grow(tenants, places, 8);
    const after = loadsOf(tenants, grown, 9);
    const mean = 12_800 / 9;
    const alone = Math.max(...tenants.map(({ load }) => load));
    const excess = sum(loads.map((load) => (load < alone ? Math.max(0, load - mean) : 0)));
    expect(after[8]! / Math.min(mean, excess)).toBeGreaterThan(0.97);
    expect(after[8]).toBeLessThanOrEqual(mean);
    for (const [cell, load] of loads.entries()) expect(after[cell]).toBeGreaterThanOrEqual(Math.min(load, mean) - 1e-9);
    const moved = grown.filter((cell, index) => cell !== places[index]);
    expect(new Set(moved)).toEqual(new Set([8]));
    expect(moved.length).toBeLessThan(100);
  });
});

test("all load is somewhere, and the fullest cell has no less than the mean", () => {
  for (const placement of [rendezvous, leastLoaded]) {
    expect(sum(loadsOf(tenants, placement.place(tenants, 8), 8))).toBeCloseTo(12_800, 6);
    const { fullest, fullestHour, lostTenants, lostLoad } = answersOf(3, placement, OPTIONS);
    expect(fullest).toBeGreaterThanOrEqual(0.4);
    expect(fullestHour).toBeGreaterThan(fullest);
    expect(lostTenants).toBeGreaterThanOrEqual(1 / 8);
    expect(lostLoad).toBeCloseTo((fullest * 4_000) / 12_800, 10);
  }
});

test("a report has a line for each answer, with its median and the worst", () => {
  const asked = parseCellsArguments(["--cells", "2", "--tenants", "10", "--seeds", "1..3"]);
  if ("text" in asked) throw new Error(asked.text);
  const lines = cellsReport(asked).split("\n");
  expect(lines[0]).toContain("10 tenants with 12800 executions a second on 2 cells that carry 4000 each: 160 %");
  expect(lines).toHaveLength(10);
  expect(lines[3]).toMatch(/^fullest cell, over the week +\d+ % {2}\(\d+ %\) +\d+ % {2}\(\d+ %\)$/);
});

test.each([
  [["--cells", "two"], '--cells is a number above 0, not "two"'],
  [["--cells", "2.5"], '--cells is a whole number, not "2.5"'],
  [["--burst-chance", "2"], "--burst-chance is 1 at most"],
  [["--seeds", "9..1"], '"9..1" is no range such as 1..100'],
  [["--moons", "2"], "--moons"],
])("the words %j are told to be wrong", (words, told) => {
  expect(parseCellsArguments(words)).toEqual({ text: expect.stringContaining(told), mistake: true });
});
