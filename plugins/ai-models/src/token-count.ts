import type { TaskContext } from "@capstan/sdk";

/** Counts tokens under the names of the metrics; what a server doesn't tell is not counted. */
export function countTokens(
  { metric }: Pick<TaskContext<unknown>, "metric">,
  counts: Readonly<Record<string, number | null | undefined>>,
): void {
  for (const [name, value] of Object.entries(counts))
    if (typeof value === "number") metric({ name, type: "counter", value });
}
