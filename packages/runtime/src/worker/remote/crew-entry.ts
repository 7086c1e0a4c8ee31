import { isServedBy, nameOfTarget, type WorkerTarget } from "@capstan/engine";
import type { JobResult } from "../worker.ts";
import type { Session } from "./session.ts";

/** A job, for those who give it to workers of other processes; crew.ts says what its states mean. */
export interface Entry {
  readonly key: string;
  readonly tenant: string;
  readonly target: WorkerTarget | undefined;
  state: "waiting" | "promised" | "handed" | "expected";
  workerId: string | undefined;
  isKilled: boolean;
}

/** Whether a worker says that it has a job that may be its own. */
export function isClaimed({ key, target }: Entry, { worker }: Session): boolean {
  return worker.jobs.includes(key) && isServedBy(target, worker.groups);
}

/** What becomes of a job that found no worker, and does not want to wait for one. */
export function refusalOf(target: WorkerTarget, fallback: "FAIL" | "CANCEL"): JobResult {
  const message = `no worker of ${nameOfTarget(target)} is connected`;
  return fallback === "FAIL" ? { state: "FAILED", error: { message } } : { state: "KILLED" };
}

/** Of a job's key. */
export function tenantOf(key: string): string {
  return key.slice(0, key.indexOf("/"));
}
