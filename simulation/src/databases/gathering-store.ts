import { StoreError, type CommitUnit, type Store } from "@capstan/store";
import type { Cut, GroupListener, WorldGroup } from "./database.ts";

export interface Gathering {
  readonly store: Store;
  /** Finds out what became of units of which nobody knew; the store answers again, and was not stopped. */
  decide(): Promise<void>;
  /** Resolves when the store is stopped. */
  readonly stopped: Promise<void>;
}

/** A unit as the store has it: the caller may change its own afterwards. */
interface Sent {
  readonly unit: CommitUnit;
  readonly copy: CommitUnit;
  isWritten: boolean;
}

interface Waiting {
  readonly sent: Sent;
  readonly answer: PromiseWithResolvers<void>;
}

/** What became of the units of one store. */
interface Fates {
  /** Those of which their senders were told that nobody knows. */
  readonly undecided: Set<Sent>;
  isCutOff: boolean;
}

/** Any store, whose commits wait until the world says so. `cutNext` cuts the connection of the next one, or none. */
export function gatherCommits(
  real: Store,
  listener: GroupListener,
  cutNext: (cut: Cut | undefined) => void,
): Gathering {
  const sentOf = createSender();
  const fates: Fates = { undecided: new Set(), isCutOff: false };
  let waiting: Waiting[] = [];
  let written: PromiseWithResolvers<void> | undefined;
  let takesUnits = true;
  const stopped = Promise.withResolvers<void>();
  const seal = (): void => {
    waiting = [];
    written?.resolve();
    written = undefined;
  };
  const store: Store = {
    ...real,
    commit: async (unit) => {
      if (!takesUnits) throw new StoreError("store-closed", "the simulated store was stopped");
      const answer = Promise.withResolvers<void>();
      waiting.push({ sent: sentOf(unit), answer });
      if (waiting.length === 1) {
        written = Promise.withResolvers();
        listener.gathered(groupOf({ members: waiting, real, fates, cutNext, seal }));
      }
      return answer.promise;
    },
    stop: async () => {
      takesUnits = false;
      await written?.promise;
      stopped.resolve();
      await real.stop();
    },
  };
  return { store, stopped: stopped.promise, decide: () => decide(real, listener, fates) };
}

/** The same copy for a unit that is sent again, so that the store knows it again. */
function createSender(): (unit: CommitUnit) => Sent {
  const known = new WeakMap<CommitUnit, Sent>();
  return (unit) => {
    const before = known.get(unit);
    if (before !== undefined) return before;
    const sent = { unit, copy: structuredClone(unit), isWritten: false };
    known.set(unit, sent);
    return sent;
  };
}

interface GroupParts {
  readonly members: readonly Waiting[];
  readonly real: Store;
  readonly fates: Fates;
  readonly cutNext: (cut: Cut | undefined) => void;
  /** Nobody joins any more. */
  readonly seal: () => void;
}

function groupOf({ members, real, fates, cutNext, seal }: GroupParts): WorldGroup {
  let outcomes: readonly PromiseSettledResult<void>[] = [];
  return {
    get units() {
      return members.map(({ sent }) => sent.unit);
    },
    write: async (cut) => {
      cutNext(cut);
      const writing = Promise.allSettled(members.map(({ sent }) => real.commit(sent.copy)));
      seal();
      outcomes = await writing;
      // Nothing was sent if all of it is refused for its content.
      cutNext(undefined);
      const durable = members.filter(({ sent }, position) => isNew(sent, outcomes[position]!)).map(({ sent }) => sent);
      const lost = members.filter((_, position) => isUnreachable(outcomes[position]!)).map(({ sent }) => sent);
      // Who comes while the store knows that it is cut off is refused at once.
      if (!fates.isCutOff) for (const sent of lost) fates.undecided.add(sent);
      fates.isCutOff ||= lost.length > 0;
      for (const sent of durable) sent.isWritten = true;
      return new Set(durable.map(({ unit }) => unit));
    },
    acknowledge: () => {
      for (const [position, { answer }] of members.entries()) {
        const outcome = outcomes[position]!;
        if (outcome.status === "fulfilled") answer.resolve();
        else answer.reject(outcome.reason);
      }
    },
    refuse: (error) => {
      seal();
      for (const { answer } of members) answer.reject(error);
    },
  };
}

async function decide(real: Store, listener: GroupListener, fates: Fates): Promise<void> {
  const late: CommitUnit[] = [];
  for (const sent of fates.undecided) {
    await real.commit(sent.copy);
    sent.isWritten = true;
    late.push(sent.unit);
  }
  fates.undecided.clear();
  fates.isCutOff = false;
  if (late.length > 0) listener.writtenLate(late);
}

/** Whether a unit became durable by this; one that did before, unknown to its sender, is not written again. */
function isNew({ isWritten }: Sent, { status }: PromiseSettledResult<void>): boolean {
  return status === "fulfilled" && !isWritten;
}

function isUnreachable(outcome: PromiseSettledResult<void>): boolean {
  return outcome.status === "rejected" && (outcome.reason as StoreError).code === "store-unreachable";
}
