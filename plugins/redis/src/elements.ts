import { anyValue } from "@capstan/sdk";

/** The property `from`. */
export const from = () =>
  anyValue().describe(
    "What to send: a list of values, its JSON, one value, or the address of a file with one JSON or Ion value a line.",
  );

/** Groups of at most `size` values. */
export async function* batchesOf<Value>(values: AsyncIterable<Value>, size: number): AsyncGenerator<Value[]> {
  let batch: Value[] = [];
  for await (const value of values) {
    batch.push(value);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
