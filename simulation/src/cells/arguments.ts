import { parseArgs } from "node:util";
import type { CellsOptions } from "./cells.ts";

export const CELLS_USAGE = `Usage: npm run sim -- cells [--cells N] [--tenants N] …

Spreads tenants of very different size over cells, which are installations of their own, and
tells how full they get.

  --cells N            how many cells (default: 8)
  --capacity N         executions a second that a cell carries (default: 4000)
  --tenants N          how many tenants (default: 1000)
  --load N             executions a second of all tenants together (default: 12800)
  --exponent X         how unequal they are: the nth has 1/n^X of the largest (default: 1)
  --burst-chance X     how likely a tenant is in a burst in an hour (default: 0.02)
  --burst-factor X     how many times its usual load that is (default: 8)
  --quota N            executions a second that a tenant may start (default: 2000)
  --seeds FIRST..LAST  worlds to play (default: 1..100)
  --help               shows this`;

/** What to play: worlds, and their options. */
export interface CellsAsked {
  readonly first: number;
  readonly last: number;
  readonly options: CellsOptions;
}

const text = (value: string) => ({ type: "string", default: value }) as const;
const OPTIONS = {
  cells: text("8"),
  capacity: text("4000"),
  tenants: text("1000"),
  load: text("12800"),
  exponent: text("1"),
  "burst-chance": text("0.02"),
  "burst-factor": text("8"),
  quota: text("2000"),
  seeds: text("1..100"),
  help: { type: "boolean" },
} as const;

/** What the words of the command ask for; a text tells what to show instead, `mistake` that it is one. */
export function parseCellsArguments(
  words: readonly string[],
): CellsAsked | { readonly text: string; readonly mistake: boolean } {
  const mistake = (what: string) => ({ text: `${what}\n\n${CELLS_USAGE}`, mistake: true });
  let given;
  try {
    given = parseArgs({ args: [...words], options: OPTIONS }).values;
  } catch (error) {
    return mistake((error as Error).message);
  }
  if (given.help === true) return { text: CELLS_USAGE, mistake: false };
  for (const [name, value] of Object.entries(given)) {
    if (name !== "seeds" && !(Number(value) > 0)) return mistake(`--${name} is a number above 0, not "${value}"`);
  }
  for (const name of ["cells", "tenants"] as const) {
    if (!Number.isInteger(Number(given[name]))) return mistake(`--${name} is a whole number, not "${given[name]}"`);
  }
  if (Number(given["burst-chance"]) > 1) return mistake("--burst-chance is 1 at most");
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(given.seeds) ?? [];
  if (first === undefined || Number(last) < Number(first))
    return mistake(`"${given.seeds}" is no range such as 1..100`);
  const options = {
    cells: Number(given.cells),
    capacity: Number(given.capacity),
    tenants: { count: Number(given.tenants), load: Number(given.load), exponent: Number(given.exponent) },
    bursts: {
      chance: Number(given["burst-chance"]),
      factor: Number(given["burst-factor"]),
      quota: Number(given.quota),
    },
  };
  return { first: Number(first), last: Number(last), options };
}
