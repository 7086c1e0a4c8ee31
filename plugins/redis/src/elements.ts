import { anyValue, type ExecutionFiles, isFileAddress, readRecords, TaskFailure } from "@capstan/sdk";

/** The property `from`. */
export const from = () =>
  anyValue().describe(
    "What to send: a list of values, its JSON, one text, or the address of a file with one JSON or Ion value a line.",
  );

/** The values that `from` names, one after the other; a file is never whole in memory. Throws `TaskFailure`. */
export async function* elementsOf(given: unknown, files: ExecutionFiles): AsyncGenerator {
  if (typeof given === "string" && isFileAddress(given)) {
    for await (const { value } of readRecords(await files.read(given.trim()))) yield value;
  } else {
    yield* listOf(given);
  }
}

function listOf(given: unknown): unknown[] {
  if (Array.isArray(given)) return given;
  if (typeof given !== "string")
    throw new TaskFailure("`from` is neither a list nor a text. Give a list of values, or the address of a file.");
  if (!given.trimStart().startsWith("[")) return [given];
  try {
    const parsed: unknown = JSON.parse(given);
    return Array.isArray(parsed) ? parsed : [given];
  } catch {
    return [given]; // A text may well start with a bracket.
  }
}

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
