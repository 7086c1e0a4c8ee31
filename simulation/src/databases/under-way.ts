import type { Store } from "@capstan/store";

/** Counts what takes real time, so that a world can stand still meanwhile. */
export interface UnderWay {
  /** The same store, whose answers are waited for. */
  watched(store: Store): Store;
  /** Something else that is waited for; an error of it is thrown by whoever waits. */
  add(work: Promise<unknown>): void;
  /** Resolves when nothing is under way, and nothing that follows from what was. */
  readonly settled: () => Promise<void>;
}

export function createUnderWay(): UnderWay {
  let count = 0;
  let idle = Promise.withResolvers<void>();
  const failures: unknown[] = [];
  const ended = () => {
    count -= 1;
    if (count > 0) return;
    idle.resolve();
    idle = Promise.withResolvers();
  };
  const track = <Result>(work: Promise<Result>): Promise<Result> => {
    count += 1;
    work.then(ended, ended);
    return work;
  };
  return {
    watched: (store) => watchedPart(store, track),
    add: (work) => {
      track(work).catch((error: unknown) => failures.push(error));
    },
    settled: async () => {
      for (;;) {
        await turn();
        if (count === 0) break;
        await idle.promise;
      }
      if (failures.length > 0) throw failures.shift();
    },
  };
}

/** The event loop turns over; every promise that can settle has. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

type Track = <Result>(work: Promise<Result>) => Promise<Result>;

function watchedPart<Part extends object>(part: Part, track: Track): Part {
  const members = Object.entries(part).map(([name, member]: [string, unknown]) => {
    if (typeof member !== "function") return [name, watchedPart(member as object, track)];
    return [
      name,
      (...values: readonly unknown[]) => track((member as (...of: unknown[]) => Promise<unknown>)(...values)),
    ];
  });
  return Object.fromEntries(members) as Part;
}
