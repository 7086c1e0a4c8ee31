import type { WorkerTarget } from "@capstan/engine";
import { createFairQueue, type FairQueue, type QueuePlace } from "../../flow-control/fair-queue.ts";

/** Jobs that wait for the same workers. */
export interface Queue<Waiting> {
  readonly target: WorkerTarget | undefined;
  readonly entries: FairQueue<Waiting>;
}

/** Jobs that nobody takes yet, by the workers that may. */
export interface WaitingJobs<Waiting> {
  /** Answers the queue that it is in from then on. */
  add(entry: Waiting, place: Omit<QueuePlace, "arrival">): Queue<Waiting>;
  /** Takes out the one that is next. */
  next(queue: Queue<Waiting>): Waiting | undefined;
  remove(entry: Waiting): void;
  queues(): Iterable<Queue<Waiting>>;
  clear(): void;
}

export function createWaitingJobs<
  Waiting extends { readonly key: string; readonly target: WorkerTarget | undefined },
>(): WaitingJobs<Waiting> {
  const queues = new Map<string, Queue<Waiting>>();
  let arrivals = 0;
  const dropEmpty = ({ target, entries }: Queue<Waiting>) => {
    if (entries.size === 0) queues.delete(nameOf(target));
  };
  return {
    add: (entry, place) => {
      const { key, target } = entry;
      const queue = queues.get(nameOf(target)) ?? { target, entries: createFairQueue<Waiting>() };
      queues.set(nameOf(target), queue);
      arrivals += 1;
      queue.entries.push(key, entry, { ...place, arrival: arrivals });
      return queue;
    },
    next: (queue) => {
      const entry = queue.entries.shift();
      dropEmpty(queue);
      return entry;
    },
    remove: ({ key, target }) => {
      const queue = queues.get(nameOf(target));
      if (queue?.entries.delete(key) === true) dropEmpty(queue);
    },
    queues: () => queues.values(),
    clear: () => queues.clear(),
  };
}

function nameOf(target: WorkerTarget | undefined): string {
  return JSON.stringify(target ?? null);
}
