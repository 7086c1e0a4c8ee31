import type { Store } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { COMMIT_RETRY_MS, isUnstorable } from "./insist.ts";
import { tellOfOutage } from "./outage-log.ts";
import { partsOf, type UnitPart } from "./unit-parts.ts";
import type { SealedUnit } from "./unit.ts";

/** Makes what the executor did durable. */
export interface Commits {
  /**
   * Resolves when each unit is durable, or known never to be. A unit whose content the store refuses is written in parts, so
   * that nothing but the part at fault is lost: each row is tried twice at most. While the store can't write at all it is asked
   * again, until `isStopped` says that nobody waits any more; then the rest is in neither list.
   */
  write(units: readonly SealedUnit[]): Promise<Written>;
  /** Why nothing can be written at the moment; undefined while commits succeed. */
  readonly stalled: unknown;
  /** Settles as `durable` does, but rejects as soon as nothing can be written, whatever `durable` waits behind. */
  unlessStalled<T>(durable: Promise<T>): Promise<T>;
}

export interface Written {
  readonly durable: readonly SealedUnit[];
  readonly refused: readonly RefusedPart[];
}

export interface RefusedPart {
  readonly part: UnitPart;
  readonly error: unknown;
}

export function createCommits(parts: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly isStopped: () => boolean;
}): Commits {
  const { store, clock, logger, isStopped } = parts;
  let stalled: unknown;
  const impatient = new Set<(error: unknown) => void>();
  const stall = (error: unknown): void => {
    stalled = error;
    for (const tell of impatient) tell(error);
    impatient.clear();
  };
  /** Notes what became of a unit; answers what of it is to be tried again. */
  const sort = (sealed: SealedUnit, outcome: PromiseSettledResult<void>, written: Sorting): readonly SealedUnit[] => {
    if (outcome.status === "fulfilled") {
      written.durable.push(sealed);
      return [];
    }
    const error: unknown = outcome.reason;
    if (!isUnstorable(error)) {
      stall(error);
      return [sealed];
    }
    const unitParts = partsOf(sealed);
    if (unitParts.length > 1) return unitParts;
    written.refused.push(...unitParts.map((part) => ({ part, error })));
    return [];
  };
  return {
    write: async (units) => {
      const written: Sorting = { durable: [], refused: [] };
      for (let waiting = units; waiting.length > 0;) {
        const outcomes = await Promise.allSettled(waiting.map(({ unit }) => store.commit(unit)));
        stalled = undefined;
        waiting = waiting.flatMap((sealed, position) => sort(sealed, outcomes[position]!, written));
        if (stalled === undefined) continue;
        tellOfOutage({ clock, logger }, stalled, "commit refused; nothing goes on until it succeeds");
        if (isStopped()) break;
        await new Promise<void>((resolve) => {
          clock.setTimer(clock.now() + COMMIT_RETRY_MS, resolve);
        });
      }
      return written;
    },
    get stalled() {
      return stalled;
    },
    unlessStalled: <T>(durable: Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        if (stalled === undefined) impatient.add(reject);
        else reject(stalled);
        void durable.then(resolve, reject).finally(() => impatient.delete(reject));
      }),
  };
}

interface Sorting {
  readonly durable: SealedUnit[];
  readonly refused: RefusedPart[];
}
