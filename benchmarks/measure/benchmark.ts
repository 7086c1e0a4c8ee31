/** One claim about what Capstan costs. */
export interface Benchmark {
  readonly name: string;
  /** What is claimed, in one sentence. */
  readonly claim: string;
  /** Runs only when it is named: it needs more than this machine, or a long time. */
  readonly onDemand?: true;
  run(): Promise<readonly Figure[] | Skipped>;
}

/** Nothing was measured, because the machine lacks something. */
export interface Skipped {
  /** Why, and what to do about it. */
  readonly skipped: string;
}

/** A measured number; by itself, or against what the machine can do at most (the floor), measured in the same run. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  /** Such as `/s`, `ms`, `µs`, `MB`. */
  readonly unit: string;
  readonly floor?: { readonly what: string; readonly value: number };
  /** What is aimed at on two cores that do nothing else; reported, never enforced: machines differ. */
  readonly goal?: { readonly max: number } | { readonly min: number };
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which a share `at` of all values lies. Throws RangeError for no values. */
export function quantile(values: readonly number[], at: number): number {
  if (values.length === 0) throw new RangeError("There is no quantile of nothing.");
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))]!;
}

/** Wall time of some work, in milliseconds. */
export async function timeMs(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
