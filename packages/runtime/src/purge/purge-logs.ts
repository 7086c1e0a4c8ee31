import type { LogFilter, Store } from "@capstan/store";

/** Batches that one commit removes: others wait for it. */
const BATCHES_PER_COMMIT = 1_000;

/** Removes the lines that pass, in commits of bounded size; answers how many there were. */
export async function purgeLogs(store: Store, filter: LogFilter): Promise<number> {
  const lines = await purgeWholeBatches(store, filter);
  // What is left are lines among others that stay.
  const { total } = await store.logs.search(filter, { offset: 0, limit: 0 });
  if (total > 0) await store.commit({ removedLogs: [filter] });
  return lines + total;
}

/** The same for batches of which every line passes; the other lines stay. */
export async function purgeWholeBatches(store: Store, filter: LogFilter, signal?: AbortSignal): Promise<number> {
  let lines = 0;
  for (;;) {
    const slice = signal?.aborted === true ? undefined : await store.expiry.logSlice(filter, BATCHES_PER_COMMIT);
    if (slice === undefined) break;
    await store.commit({ removedLogs: [{ ...filter, before: slice.until, wholeBatches: true }] });
    lines += slice.lines;
  }
  return lines;
}
