import { z } from "zod";
import { duration } from "../properties.ts";

const limits = {
  maxAttempts: z.int().min(1).optional().describe("Attempts in all, the first one included."),
  maxAttempt: z.int().min(1).optional().meta({ renamedTo: "maxAttempts" }).describe("Older form of `maxAttempts`."),
  maxDuration: duration().optional().describe("No attempt begins later than this after the first."),
  warningOnRetry: z
    .boolean()
    .optional()
    .describe("Whether a success after retries counts as a warning. Default: false."),
  behavior: z
    .enum(["RETRY_FAILED_TASK", "CREATE_NEW_EXECUTION"])
    .optional()
    .describe("Whether the task is tried again, or a new execution is made. Default: RETRY_FAILED_TASK."),
};

/** Retry policies by their `type`. */
export const RETRY = {
  constant: z.object({ type: z.literal("constant"), interval: duration(), ...limits }),
  exponential: z.object({
    type: z.literal("exponential"),
    interval: duration().describe("Time before the next attempt."),
    maxInterval: duration().describe("Longest time before the next attempt."),
    delayFactor: z.number().optional().describe("By what the interval is multiplied. Default: 2."),
    ...limits,
  }),
  random: z.object({ type: z.literal("random"), minInterval: duration(), maxInterval: duration(), ...limits }),
};
