/** The least and the greatest of some ids, by their bytes, as the database compares them; there is one at least. */
export function idBounds(ids: readonly string[]): readonly [least: string, greatest: string] {
  const sorted = ids.map((id) => Buffer.from(id)).toSorted((one, other) => one.compare(other));
  return [String(sorted[0]), String(sorted.at(-1))];
}
