import { parseArgs } from "node:util";

export const USAGE = `Usage: npm run sim -- [--seed N | --seeds FIRST..LAST] [--store sqlite|postgres]
       npm run sim -- cells [--help]

Plays random worlds, with crashes anywhere, and checks every invariant.

  --seed N             plays one seed and tells its whole history
  --seeds FIRST..LAST  plays these seeds and tells of those that fail (default: 1..1000)
  --store NAME         where the worlds keep their rows: sqlite (by default), or postgres, on
                       a server that is started for it, whose connections are cut as well
  --help               shows this
  cells                spreads tenants over installations instead; has options of its own

Exit codes: 0 when every invariant holds, 1 when one does not, 2 when the command is wrong`;

/** Which seeds to play: one with its history, or a range. */
export interface Asked {
  readonly first: number;
  readonly last: number;
  readonly whole: boolean;
  readonly store: StoreName;
}

export type StoreName = "sqlite" | "postgres";

const OPTIONS = {
  seed: { type: "string" },
  seeds: { type: "string" },
  store: { type: "string" },
  help: { type: "boolean" },
} as const;

/** What the words of the command ask for; a text tells what to show instead, `mistake` that it is one. */
export function parseArguments(words: readonly string[]): Asked | { readonly text: string; readonly mistake: boolean } {
  const mistake = (text: string) => ({ text: `${text}\n\n${USAGE}`, mistake: true });
  let given;
  try {
    given = parseArgs({ args: [...words], options: OPTIONS }).values;
  } catch (error) {
    return mistake((error as Error).message);
  }
  const { seed, seeds = "1..1000", store = "sqlite", help } = given;
  if (help === true) return { text: USAGE, mistake: false };
  if (seed !== undefined && given.seeds !== undefined) return mistake("--seed and --seeds exclude each other");
  if (store !== "sqlite" && store !== "postgres") return mistake(`"${store}" is neither sqlite nor postgres`);
  const text = seed === undefined ? seeds : `${seed}..${seed}`;
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  if (first === undefined || Number(last) < Number(first))
    return mistake(seed === undefined ? `"${seeds}" is no range such as 1..1000` : `"${seed}" is no whole number`);
  return { first: Number(first), last: Number(last), whole: seed !== undefined, store };
}
