import type { LimitReached } from "@capstan/engine";

/** What a concurrency limit makes of a new execution. */
export type Admission = "RUN" | "QUEUE" | "CANCEL" | "FAIL";

/** That, and the limit where it decided. */
export interface Admitted {
  readonly admission: Admission;
  readonly limit?: LimitReached;
}

export const ADMITTED: Admitted = Object.freeze({ admission: "RUN" });
