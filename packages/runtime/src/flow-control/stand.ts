import type { LiveExecution } from "@capstan/engine";
import { nameOf } from "../executor/live-key.ts";
import type { Pool } from "./pools.ts";
import type { QuotaLine } from "./quota-windows.ts";
import type { Rule } from "./rules.ts";

/** How far an execution got past its limits. */
export interface Stand {
  /** With its tenant. */
  readonly id: string;
  readonly execution: LiveExecution;
  readonly rules: readonly Rule[];
  /** When it came: lower numbers were earlier. */
  readonly arrival: number;
  /** Where it has a place. */
  readonly held: Set<Pool>;
  /** What it waits for: a place, or the next window of a quota. */
  waitsFor: Pool | QuotaLine | undefined;
  /** False once it has waited: its limits may be those of an older revision of its flow. */
  isFresh: boolean;
  /** Quotas that it counts in and that are to be stored. */
  readonly counted: QuotaLine[];
}

export function newStand(execution: LiveExecution, rules: readonly Rule[], arrival: number): Stand {
  return {
    id: nameOf(execution),
    execution,
    rules,
    arrival,
    held: new Set(),
    waitsFor: undefined,
    isFresh: true,
    counted: [],
  };
}
