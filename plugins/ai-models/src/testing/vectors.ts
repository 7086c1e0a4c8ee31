/** How alike two directions are, from -1 to 1. */
export function cosine(one: readonly number[], other: readonly number[]): number {
  return product(one, other) / Math.sqrt(product(one, one) * product(other, other));
}

function product(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
}
