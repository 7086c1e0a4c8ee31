import { StoreError, type CommitUnit, type Store } from "@capstan/store";
import type { GatheredGroup, InThreadDisk } from "@capstan/store/test-kit";
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
}

export interface CrashingStoreParts {
  readonly disk: InThreadDisk;
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
  const { disk, timeline, random, owner } = parts;
  const gathered = (group: GatheredGroup) => {
    timeline.after(random.below(4), () => commit(parts, group), owner);
  };
  return whileAlive(disk.open(gathered), owner);
}

function commit(parts: CrashingStoreParts, group: GatheredGroup): void {
  const { timeline, random, owner } = parts;
  const { crashBefore, crashAfter, full } = parts.faults();
  const fate = random.next();
  if (fate < crashBefore) return parts.crash(`before a commit of ${group.units.length} units`);
  if (fate < crashBefore + full) {
    parts.note("a commit is refused: the disk is full");
    return group.refuse(new StoreError("store-full", "the simulated disk is full"));
  }
  const refused = group.write();
  for (const unit of group.units) if (!refused.has(unit)) parts.unitWritten(unit);
  parts.groupWritten();
  if (fate < crashBefore + full + crashAfter) return parts.crash("after a commit, before its acknowledgement");
  timeline.after(random.below(3), () => group.acknowledge(), owner);
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
