/** What a concurrency limit makes of a new execution. */
export type Admission = "RUN" | "QUEUE" | "CANCEL" | "FAIL";
