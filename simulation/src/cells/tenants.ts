import type { Random } from "../random.ts";

export interface Tenant {
  readonly id: string;
  /** Executions a second, over a week. */
  readonly load: number;
}

export interface TenantOptions {
  readonly count: number;
  /** Executions a second of all together. */
  readonly load: number;
  /** How unequal they are: the nth largest has `1 / n ** exponent` of the largest. */
  readonly exponent: number;
}

/** Tenants whose loads follow Zipf's law, in the order in which they came, which says nothing of their size. */
export function zipfTenants({ count, load, exponent }: TenantOptions, random: Random): readonly Tenant[] {
  const weights = Array.from({ length: count }, (_, index) => 1 / (index + 1) ** exponent);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return shuffled(weights, random).map((weight, index) => ({
    id: `${index}-${random.below(2 ** 30).toString(36)}`,
    load: (load * weight) / sum,
  }));
}

export interface BurstOptions {
  /** How likely a tenant is in a burst in an hour. */
  readonly chance: number;
  /** How many times its usual load that is. */
  readonly factor: number;
  /** Executions a second that a quota lets a tenant start; the rest of its burst waits, and is not counted. */
  readonly quota: number;
}

/** The load of each tenant in an hour; below the quota, its mean over many hours is that of the tenant. */
export function hourOf(tenants: readonly Tenant[], options: BurstOptions, random: Random): Float64Array {
  const { chance, factor, quota } = options;
  const usual = 1 / (1 - chance + chance * factor);
  return Float64Array.from(tenants, ({ load }) => {
    const wanted = load * usual * (random.chance(chance) ? factor : 1);
    return Math.min(wanted, quota);
  });
}

/** By Fisher and Yates. */
function shuffled<Item>(items: readonly Item[], random: Random): readonly Item[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1);
    [mixed[last], mixed[other]] = [mixed[other]!, mixed[last]!];
  }
  return mixed;
}
