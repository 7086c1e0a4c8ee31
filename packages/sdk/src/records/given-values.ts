import type { ExecutionFiles } from "../context.ts";
import { isFileAddress } from "../working-files.ts";
import { readRecords } from "./records.ts";

/**
 * The values that a property such as `from` gives: those of a list or of its JSON, the records of a file that it names, which is never
 * whole in memory, or the one that it is. Throws `TaskFailure` for a file that is not there or holds no records.
 */
export async function* givenValues(given: unknown, files: Pick<ExecutionFiles, "read">): AsyncGenerator {
  if (typeof given === "string" && isFileAddress(given)) {
    for await (const { value } of readRecords(await files.read(given.trim()))) yield value;
  } else {
    yield* listOf(given);
  }
}

function listOf(given: unknown): readonly unknown[] {
  if (Array.isArray(given)) return given;
  if (typeof given !== "string" || !given.trimStart().startsWith("[")) return [given];
  try {
    const parsed: unknown = JSON.parse(given);
    return Array.isArray(parsed) ? parsed : [given];
  } catch {
    return [given]; // A text may well start with a bracket.
  }
}
