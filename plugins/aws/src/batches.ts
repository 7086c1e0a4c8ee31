/** What one request may hold. */
export interface BatchLimits {
  readonly count: number;
  readonly bytes: number;
}

/** Entries in lists that a request may hold, in their order; an entry that is too large for any request goes alone. */
export async function* batchesOf<Entry>(
  entries: AsyncIterable<Entry>,
  limits: BatchLimits,
  bytesOf: (entry: Entry) => number,
): AsyncGenerator<readonly Entry[]> {
  let batch: Entry[] = [];
  let bytes = 0;
  for await (const entry of entries) {
    const more = bytesOf(entry);
    if (batch.length === limits.count || (batch.length > 0 && bytes + more > limits.bytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}
