import { StoreError, type CommitUnit, type Store } from "@capstan/store";
import type { Cut, Database, WorldGroup } from "./databases/database.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** How often things go wrong with a commit, each a probability. */
export interface CommitFaults {
  /** The process dies, and the transaction never was. */
  readonly crashBefore: number;
  /** The transaction is durable, and the process dies before anybody hears of it. */
  readonly crashAfter: number;
  /** The disk is full for this one. */
  readonly full: number;
  /** The connection is cut before the transaction is there, or before it is said that it was committed. */
  readonly cut: number;
}

export interface CrashingStoreParts {
  readonly database: Database;
  readonly timeline: Timeline;
  readonly random: Random;
  /** The process that opens it: with it goes what is on the way. */
  readonly owner: { readonly isAlive: boolean };
  faults(): CommitFaults;
  /** A unit becomes durable now. */
  unitWritten(unit: CommitUnit): void;
  groupWritten(): void;
  crash(why: string): void;
  note(what: string): void;
}

/** The real store of one process, whose commits take time, fail, and are where the process likes to die. */
export function openCrashingStore(parts: CrashingStoreParts): Store {
  const { database, timeline, random, owner } = parts;
  const gathered = (group: WorldGroup) => {
    timeline.after(random.below(4), () => void commit(parts, group), owner);
  };
  const writtenLate = (units: readonly CommitUnit[]) => {
    parts.note("a commit of which nobody knew is written after all");
    tellWritten(parts, units);
  };
  return whileAlive(database.open({ gathered, writtenLate }), owner);
}

async function commit(parts: CrashingStoreParts, group: WorldGroup): Promise<void> {
  const { timeline, random, owner } = parts;
  const { crashBefore, crashAfter, full, cut } = parts.faults();
  const fate = random.next();
  if (fate < crashBefore) return parts.crash(`before a commit of ${group.units.length} units`);
  if (fate < crashBefore + full) {
    parts.note("a commit is refused: the disk is full");
    return group.refuse(new StoreError("store-full", "the simulated disk is full"));
  }
  const cutBefore = cut > 0 && random.chance(cut) ? random.pick<Cut>(["request", "answer"]) : undefined;
  if (cutBefore !== undefined) parts.note(`the connection is cut before the ${cutBefore} of a commit arrives`);
  const written = await group.write(cutBefore);
  tellWritten(
    parts,
    group.units.filter((unit) => written.has(unit)),
  );
  if (fate < crashBefore + full + crashAfter) return parts.crash("after a commit, before its acknowledgement");
  timeline.after(random.below(3), () => group.acknowledge(), owner);
}

function tellWritten(parts: CrashingStoreParts, units: readonly CommitUnit[]): void {
  for (const unit of units) parts.unitWritten(unit);
  parts.groupWritten();
}

/** A process that has died gets no answers. */
function whileAlive(store: Store, owner: { readonly isAlive: boolean }): Store {
  const guard = <Part extends object>(part: Part): Part =>
    Object.fromEntries(
      Object.entries(part).map(([name, member]) => [
        name,
        typeof member === "function"
          ? (...values: unknown[]) =>
              owner.isAlive
                ? (member as (...values: unknown[]) => unknown)(...values)
                : new Promise<never>(() => undefined)
          : guard(member as object),
      ]),
    ) as Part;
  return guard(store);
}
