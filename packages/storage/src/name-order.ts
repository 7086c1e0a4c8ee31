/** Orders names and paths by their code points, which is the order of their bytes in UTF-8 and that of the keys in S3. */
export function compareNames(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let place = 0; place < length; place += 1) {
    const [one, other] = [left.charCodeAt(place), right.charCodeAt(place)];
    if (one !== other) return rankOf(one) - rankOf(other);
  }
  return left.length - right.length;
}

/** Halves of a pair stand for characters above all that need no pair. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit;
}
