import { dynamic } from "@capstan/sdk";
import { z } from "zod";

/** States of executions; servers since 2.0 have fewer of them. */
const STATES = [
  "CREATED",
  "SUBMITTED",
  "RUNNING",
  "PAUSED",
  "RESTARTED",
  "KILLING",
  "SUCCESS",
  "WARNING",
  "FAILED",
  "KILLED",
  "CANCELLED",
  "QUEUED",
  "RETRYING",
  "RETRIED",
  "SKIPPED",
  "BREAKPOINT",
] as const;

/** The property `states` of searches. */
export const states = () =>
  dynamic(z.array(dynamic(z.enum(STATES))))
    .optional()
    .describe("Only executions in one of these states, such as SUCCESS and FAILED. Default: in any.");
