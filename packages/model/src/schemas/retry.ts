import { z } from "zod";
import { duration } from "../properties.ts";

const limits = {
  maxAttempts: z.int().min(1).optional(),
  maxAttempt: z.int().min(1).optional().meta({ renamedTo: "maxAttempts" }),
  maxDuration: duration().optional(),
  warningOnRetry: z.boolean().optional(),
  behavior: z.enum(["RETRY_FAILED_TASK", "CREATE_NEW_EXECUTION"]).optional(),
};

/** Retry policies by their `type`. */
export const RETRY = {
  constant: z.object({ type: z.literal("constant"), interval: duration(), ...limits }),
  exponential: z.object({
    type: z.literal("exponential"),
    interval: duration(),
    maxInterval: duration(),
    delayFactor: z.number().optional(),
    ...limits,
  }),
  random: z.object({ type: z.literal("random"), minInterval: duration(), maxInterval: duration(), ...limits }),
};
