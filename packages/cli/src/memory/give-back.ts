import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How long a server must have had next to nothing to do, in milliseconds. */
export const IDLE_MS = 5_000;
/** Share of that time for which its main thread may have worked: a probe now and then is no work. */
const IDLE_BELOW = 0.02;
/** Share from which on there is something to give back afterwards. */
const BUSY_FROM = 0.05;
/** Bytes of objects beyond which the pause would be long. */
export const HEAP_MAX = 256 * 1024 * 1024;

/** What tells whether the process is idle, and collects; of this process, unless a test says otherwise. */
export interface Process {
  /** Milliseconds for which the main thread has worked since the process began. */
  activeMs(): number;
  /** Bytes of objects, dead ones among them. */
  heapBytes(): number;
  collect(): void;
}

/**
 * Has a process that became idle give back memory, once after its start and once after each time of work: V8 keeps what it
 * took for as long as nothing is made, which is all night in a server that is idle all night. It costs a pause of about two
 * milliseconds for each megabyte in use. The timer holds no process; disposing of what is answered stops it.
 */
export function giveBackWhenIdle(own: Process = thisProcess()): Disposable {
  let before = own.activeMs();
  let hasWorked = true;
  const looking = setInterval(() => {
    const now = own.activeMs();
    const share = (now - before) / IDLE_MS;
    before = now;
    if (share >= BUSY_FROM) hasWorked = true;
    if (!hasWorked || share >= IDLE_BELOW || own.heapBytes() > HEAP_MAX) return;
    hasWorked = false;
    own.collect();
  }, IDLE_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(looking) };
}

function thisProcess(): Process {
  return {
    activeMs: () => performance.eventLoopUtilization().active,
    heapBytes: () => getHeapStatistics().used_heap_size,
    collect,
  };
}

/** As V8 does before it runs out of memory: what is free inside it goes back to the system at once. */
function collect(): void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as NodeJS.GCFunction;
  setFlagsFromString("--no-expose-gc");
  gc({ type: "major", flavor: "last-resort" });
}
