/**
 * Does something for each item, so many at a time, and answers in the order of the items. When one fails nothing more is begun, the
 * signal that the others were given aborts, and once they have ended too the failure of the first is thrown.
 */
export async function eachAtOnce<Item, Result>(
  items: readonly Item[],
  options: { readonly atOnce: number; readonly signal: AbortSignal },
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const results: Result[] = Array.from({ length: items.length });
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      signal.throwIfAborted();
      const index = next;
      next += 1;
      results[index] = await work(items[index]!, signal);
    }
  };
  const failures: unknown[] = [];
  const watched = async (): Promise<void> => {
    try {
      await worker();
    } catch (error) {
      failures.push(error);
      stop.abort();
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.atOnce, items.length) }, watched));
  if (failures.length > 0) throw failures[0];
  return results;
}
