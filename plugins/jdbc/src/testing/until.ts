import { setTimeout as delay } from "node:timers/promises";

const LOOK_MS = 20;
const WAIT_MS_MAX = 30_000;

/** Looks again and again until something holds, which a server does in its own time. Throws when it never does. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + WAIT_MS_MAX; !(await holds()); await delay(LOOK_MS))
    if (Date.now() > deadline) throw new Error(`it does not come to hold: ${holds.toString()}`);
}
