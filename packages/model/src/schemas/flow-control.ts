import { z } from "zod";
import { parseDuration } from "../duration.ts";
import { dynamic, text } from "../properties.ts";

/** Executions that one quota lets start in its window at most. */
export const QUOTA_LIMIT_MAX = 1_000_000_000;
/** Least and greatest priority of an execution. */
export const PRIORITY_MAX = 100;
/** Shortest window of a quota. */
export const QUOTA_WINDOW_MIN = "PT1S";
/** Longest window of a quota, and longest wait of a debounce or a batch. */
export const WINDOW_MAX = "P366D";

/** Starts that one batch may hold. */
export const BATCH_SIZE_MAX = 10_000;

const key = text().optional().describe("Expression; there is a count of its own for each text it is rendered to.");

export const CONCURRENCY = z.object({
  limit: z.int().min(1).describe("How many executions may run at once."),
  behavior: z
    .enum(["QUEUE", "CANCEL", "FAIL", "REPLACE"])
    .optional()
    .describe("What happens to one more execution; REPLACE ends the oldest one for it. Default: QUEUE."),
  key,
});

export const QUOTA = z.object({
  duration: windowFrom(QUOTA_WINDOW_MIN).describe(
    `Length of the window, ${QUOTA_WINDOW_MIN} to ${WINDOW_MAX}; windows begin at 1970-01-01T00:00Z.`,
  ),
  limit: z.int().min(1).max(QUOTA_LIMIT_MAX).describe("How many executions may start in a window."),
  behavior: z
    .enum(["QUEUE", "CANCEL", "FAIL"])
    .optional()
    .describe("What happens to one more execution. Default: QUEUE."),
  key,
});

export const DEBOUNCE = z.object({
  period: windowFrom("PT0.001S").describe("How long nobody else may start the flow before an execution runs."),
  maxWait: windowFrom("PT0.001S")
    .optional()
    .describe("How long the first of several may be put off. Default: as long as others come."),
  key,
});

export const BATCH = z.object({
  maxSize: z.int().min(1).max(BATCH_SIZE_MAX).describe("How many starts one execution takes at most."),
  timeout: windowFrom("PT0.001S").describe("How long the first of them waits for others."),
  key: text()
    .optional()
    .describe("Expression; starts for which it is rendered to different texts are not taken together."),
});

export const PRIORITY = dynamic(z.int().min(-PRIORITY_MAX).max(PRIORITY_MAX));

/** A duration from `least` to `WINDOW_MAX`; no expression: it is read before anything runs. */
function windowFrom(least: string) {
  const [leastMs, mostMs] = [parseDuration(least)!, parseDuration(WINDOW_MAX)!];
  const isWithin = (value: string) => {
    const milliseconds = parseDuration(value) ?? NaN;
    return milliseconds >= leastMs && milliseconds <= mostMs;
  };
  const error = `must be a duration from ${least} to ${WINDOW_MAX}`;
  return z.string().refine(isWithin, { params: { isDuration: true }, error });
}
