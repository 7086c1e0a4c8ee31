import { TurnoverMap } from "@capstan/engine";
import type { TimerRow } from "@capstan/store";
import { createAlarm } from "../alarm.ts";
import type { Clock } from "../clock.ts";
import { createDueHeap } from "../due-heap.ts";

/** The timers of all live executions, in memory, with one platform timer armed to the earliest. */
export interface TimerQueue {
  set(timer: TimerRow): void;
  /** A timer that is to be set once it is durable. */
  announce(timer: TimerRow): void;
  /** Sets it, unless it was cleared or announced anew meanwhile. */
  setAnnounced(timer: TimerRow): void;
  clear(tenant: string, executionId: string, key: string): void;
  stop(): void;
}

interface Entry {
  readonly timer: TimerRow;
  place: number;
}

export function createTimerQueue(clock: Clock, due: (timer: TimerRow) => void): TimerQueue {
  const heap = createDueHeap<Entry>();
  const entries = new TurnoverMap<string, Entry>();
  const fire = () => {
    const now = clock.now();
    for (let entry = heap.take(now); entry !== undefined; entry = heap.take(now)) {
      entries.delete(nameOf(entry.timer));
      due(entry.timer);
    }
    arm();
  };
  const alarm = createAlarm(clock, fire);
  const arm = () => {
    const earliest = heap.earliest();
    if (earliest !== undefined) alarm.set(earliest);
  };
  const announced = new Map<string, TimerRow>();
  const cancel = (name: string) => {
    const entry = entries.get(name);
    if (entry !== undefined) heap.set(entry, undefined);
    entries.delete(name);
  };
  const set = (timer: TimerRow) => {
    const name = nameOf(timer);
    cancel(name);
    const entry = { timer, place: 0 };
    entries.set(name, entry);
    heap.set(entry, timer.at);
    arm();
  };
  return {
    set,
    announce: (timer) => announced.set(nameOf(timer), timer),
    setAnnounced: (timer) => {
      if (announced.get(nameOf(timer)) !== timer) return;
      announced.delete(nameOf(timer));
      set(timer);
    },
    clear: (tenant, executionId, key) => {
      const name = nameOf({ tenant, executionId, key });
      announced.delete(name);
      cancel(name);
    },
    stop: alarm.stop,
  };
}

function nameOf(timer: { tenant: string; executionId: string; key: string }): string {
  return `${timer.tenant}/${timer.executionId}/${timer.key}`;
}
