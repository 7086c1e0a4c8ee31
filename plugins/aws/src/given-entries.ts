import { type ExecutionFiles, givenValues, parseJsonValue, TaskFailure } from "@capstan/sdk";
import type { z } from "zod";

export interface Expected<Entry> {
  /** Of one entry, such as `Message`. */
  readonly noun: string;
  /** Of the property, such as `from`. */
  readonly property: string;
  /** What is told of something that is no map at all, such as `it is no map with \`data\``. */
  readonly otherwise: string;
  readonly schema: z.ZodType<Entry>;
}

/** The entries that a property gives, or its file, one after the other. Throws `TaskFailure` that says which one can't be sent, and why. */
export async function* givenEntries<Entry>(
  given: unknown,
  files: Pick<ExecutionFiles, "read">,
  { noun, property, otherwise, schema }: Expected<Entry>,
): AsyncGenerator<Entry> {
  let number = 0;
  for await (const value of givenValues(given, files)) {
    number += 1;
    const { data, error } = schema.safeParse(fromJson(value));
    if (error === undefined) yield data;
    else {
      const [{ path, message } = { path: [], message: "" }] = error.issues;
      const problem = path.length === 0 ? otherwise : `\`${path.join(".")}\` ${message}`;
      throw new TaskFailure(`${noun} ${number} of \`${property}\` can't be sent: ${problem}.`);
    }
  }
}

/** An expression may have rendered to the JSON of an entry. */
export function fromJson(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return parseJsonValue(value);
  } catch {
    return value; // Is no entry, which is told with its number.
  }
}

/** A text as it is, any other value as JSON. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
