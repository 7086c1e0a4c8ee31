import { anyValue, TaskFailure } from "@capstan/sdk";

export const payload = (description: string) => anyValue().optional().describe(description);

/** The JSON of a message that was written as JSON, as a map, or as an expression for one. Throws `TaskFailure` for a text that is none. */
export function jsonOf(written: unknown): string {
  if (typeof written !== "string") return JSON.stringify(written);
  try {
    JSON.parse(written);
    return written;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TaskFailure(
      `\`payload\` is no JSON: ${reason}. Write values in it as {{ value | toJson }}, which quotes them.`,
    );
  }
}
