import { formatDuration } from "@capstan/model";
import type { ExecutionRow } from "../execution/execution.ts";
import type { ExecutionNote, LimitReached } from "./note.ts";

/** A limit as a clause: what it is, where it holds, and for which key. */
export function limitText({ limit, scope = "its flow", key, window }: Omit<LimitReached, "holders" | "ahead">): string {
  const what = window === undefined ? "concurrency limit" : "quota";
  const within = window === undefined ? "" : ` in ${formatDuration(window.durationMs)}`;
  const whose = key === undefined ? "" : ` for "${key}"`;
  return `the ${what} of ${scope}${whose} is ${limit}${within}`;
}

/** The limit that an execution came to last. */
export function lastLimit({
  notes,
}: {
  readonly notes?: ExecutionRow["notes"] | undefined;
}): Extract<ExecutionNote, { code: "limited" }> | undefined {
  return notes?.findLast((note) => note.code === "limited");
}
