import { StoreError, type CommitUnit, type Store } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { tellOfOutage } from "./outage-log.ts";

/** How long to wait before what the store refused is tried again, in milliseconds. */
export const COMMIT_RETRY_MS = 500;

/** Whether the store refused something for its content: trying again can't help. */
export function isUnstorable(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code === "store-invalid";
}

/** Whether the store may well do later what it can't do now. */
export function isPassing(error: unknown): error is StoreError {
  return error instanceof StoreError && PASSING.has(error.code);
}

const PASSING: ReadonlySet<string> = new Set([
  "store-unreachable",
  "store-full",
  "store-io",
  "store-slow",
  "store-locked",
  "store-busy",
]);

export interface PatienceParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether the process stops: the next one does then what is left. */
  readonly isStopped: () => boolean;
}

/** Does some work as `insist` does. */
export type Insist = <Result>(work: () => Promise<Result>) => Promise<Result>;

/**
 * Does what nobody would ask for again, as often as it takes while the store is away; `work` finds what an earlier try has done. Rejects with
 * any other error, and when the process stops.
 */
export function insist<Result>(parts: PatienceParts, work: () => Promise<Result>): Promise<Result> {
  return tryAgain(parts, work, isPassing);
}

export interface InsistParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly executor: { readonly isStopped: boolean };
}

/**
 * Commits what nobody would ask for again: a refused commit is tried until it succeeds. Rejects when the store refuses the
 * content itself, and when the process stops: the next one does it then.
 */
export function commitInsisting({ store, executor, ...parts }: InsistParts, unit: CommitUnit): Promise<void> {
  const patience = { ...parts, isStopped: () => executor.isStopped };
  return tryAgain(
    patience,
    () => store.commit(unit),
    (error) => !isUnstorable(error),
  );
}

async function tryAgain<Result>(
  { clock, logger, isStopped }: PatienceParts,
  work: () => Promise<Result>,
  mayPass: (error: unknown) => boolean,
): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!mayPass(error) || isStopped()) throw error;
      tellOfOutage({ clock, logger }, error, "refused by the store; it is tried again");
      await new Promise<void>((resolve) => {
        clock.setTimer(clock.now() + COMMIT_RETRY_MS, resolve);
      });
      if (isStopped()) throw error;
    }
  }
}
