import type { WorkerTarget } from "@capstan/engine";

/** Jobs that wait for the same workers, those that came first before the others. */
export interface Queue<Waiting> {
  readonly target: WorkerTarget | undefined;
  readonly entries: Set<Waiting>;
}

/** Jobs that nobody takes yet, by the workers that may. */
export interface WaitingJobs<Waiting> {
  /** Answers the queue that it is in from then on. */
  add(entry: Waiting): Queue<Waiting>;
  remove(entry: Waiting): void;
  queues(): Iterable<Queue<Waiting>>;
  clear(): void;
}

export function createWaitingJobs<
  Waiting extends { readonly target: WorkerTarget | undefined },
>(): WaitingJobs<Waiting> {
  const queues = new Map<string, Queue<Waiting>>();
  return {
    add: (entry) => {
      const { target } = entry;
      const queue = queues.get(nameOf(target)) ?? { target, entries: new Set() };
      queues.set(nameOf(target), queue);
      queue.entries.add(entry);
      return queue;
    },
    remove: (entry) => {
      const name = nameOf(entry.target);
      const queue = queues.get(name);
      queue?.entries.delete(entry);
      if (queue?.entries.size === 0) queues.delete(name);
    },
    queues: () => queues.values(),
    clear: () => queues.clear(),
  };
}

function nameOf(target: WorkerTarget | undefined): string {
  return JSON.stringify(target ?? null);
}
