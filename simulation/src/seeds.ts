import type { StoreName } from "./arguments.ts";
import { compareWithCrashFree } from "./compare.ts";
import { runWorld, type WorldOptions, type WorldResult } from "./run-world.ts";

/** Lines of the trace that a failure shows. */
const TAIL_LINES = 60;

/** Plays a seed with everything that goes wrong in it and, where that can be compared, once more without. */
export async function checkSeed(seed: number, options: Pick<WorldOptions, "database"> = {}): Promise<WorldResult> {
  const bumpy = await runWorld(seed, { ...options, faults: true });
  if (bumpy.plan.isFlaky || bumpy.violations.length > 0) return bumpy;
  const smooth = await runWorld(seed, { ...options, faults: false });
  return { ...bumpy, violations: [...smooth.violations, ...compareWithCrashFree(bumpy, smooth)] };
}

/** What a person needs to understand a failed seed; `whole` for the whole trace instead of its end. */
export function describeFailure(
  { plan, violations, trace, lives }: WorldResult,
  { whole, store = "sqlite" }: { readonly whole: boolean; readonly store?: StoreName },
): string {
  const shown = whole ? trace : trace.slice(-TAIL_LINES);
  const flows = [...plan.sources.values()].map((source) => `${source}\n`);
  return [
    `seed ${plan.seed}: ${violations.length} violations, ${lives} processes`,
    ...violations.map(({ invariant, message }) => `  ${invariant}\n    ${message}`),
    `replay: npm run sim -- --seed ${plan.seed}${store === "sqlite" ? "" : ` --store ${store}`}`,
    ...(violations.length > 0 || whole ? [...flows, ...shown] : []),
  ].join("\n");
}
