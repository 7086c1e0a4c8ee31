/** The first `count` primes. */
export function primes(count: number): bigint[] {
  const found: bigint[] = [];
  for (let candidate = 2n; found.length < count; candidate += 1n) {
    if (found.every((prime) => candidate % prime !== 0n)) found.push(candidate);
  }
  return found;
}

/** The first `bits` bits behind the point of the square (2) or cube (3) root: the constants of the SHA-2 family. */
export function fractionBits(value: bigint, root: 2 | 3, bits: number): bigint {
  const scaled = value << BigInt(bits * root);
  let low = 0n;
  let high = value << BigInt(bits);
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** BigInt(root) <= scaled) low = middle;
    else high = middle - 1n;
  }
  return BigInt.asUintN(bits, low);
}
