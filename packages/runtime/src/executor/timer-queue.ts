import type { TimerRow } from "@capstan/store";
import type { Clock } from "../clock.ts";

/** The timers of all live executions, in memory: a binary heap with one platform timer armed to the earliest. */
export interface TimerQueue {
  set(timer: TimerRow): void;
  clear(tenant: string, executionId: string, key: string): void;
  stop(): void;
}

interface Entry {
  readonly timer: TimerRow;
  cancelled: boolean;
}

export function createTimerQueue(clock: Clock, due: (timer: TimerRow) => void): TimerQueue {
  const heap: Entry[] = [];
  const entries = new Map<string, Entry>();
  let armedAt = Number.POSITIVE_INFINITY;
  let disarm: (() => void) | undefined;

  const fire = () => {
    armedAt = Number.POSITIVE_INFINITY;
    const now = clock.now();
    while (heap.length > 0 && (heap[0]!.cancelled || heap[0]!.timer.at <= now)) {
      const entry = removeFirst(heap);
      if (entry.cancelled) continue;
      entries.delete(nameOf(entry.timer));
      due(entry.timer);
    }
    arm();
  };
  const arm = () => {
    const first = heap[0];
    if (first === undefined || first.timer.at >= armedAt) return;
    disarm?.();
    armedAt = first.timer.at;
    disarm = clock.setTimer(armedAt, fire);
  };
  const cancel = (name: string) => {
    const entry = entries.get(name);
    if (entry !== undefined) entry.cancelled = true;
    entries.delete(name);
  };
  return {
    set: (timer) => {
      const name = nameOf(timer);
      cancel(name);
      const entry = { timer, cancelled: false };
      entries.set(name, entry);
      insert(heap, entry);
      arm();
    },
    clear: (tenant, executionId, key) => cancel(nameOf({ tenant, executionId, key })),
    stop: () => disarm?.(),
  };
}

function nameOf(timer: { tenant: string; executionId: string; key: string }): string {
  return `${timer.tenant}/${timer.executionId}/${timer.key}`;
}

function insert(heap: Entry[], entry: Entry): void {
  heap.push(entry);
  let position = heap.length - 1;
  while (position > 0) {
    const above = (position - 1) >> 1;
    if (heap[above]!.timer.at <= entry.timer.at) break;
    heap[position] = heap[above]!;
    position = above;
  }
  heap[position] = entry;
}

function removeFirst(heap: Entry[]): Entry {
  const first = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return first;
  let position = 0;
  for (;;) {
    let below = position * 2 + 1;
    if (below >= heap.length) break;
    if (below + 1 < heap.length && heap[below + 1]!.timer.at < heap[below]!.timer.at) below += 1;
    if (heap[below]!.timer.at >= last.timer.at) break;
    heap[position] = heap[below]!;
    position = below;
  }
  heap[position] = last;
  return first;
}
