import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import type { Backend, Connected, Driver } from "./driver.ts";
import { createWatchdog, type Watchdog } from "./watchdog.ts";

const FAREWELL_MS_MAX = 2_000;

/** The watchdog of a connection, which asks on others of the same driver. */
export function watchdogOf(driver: Driver, connected: Connected, silenceMsMax: number): Watchdog {
  const { backend, traffic, destroy } = connected;
  const isAtWork = (late: AbortSignal) => asksWhetherAtWork(driver, backend, late);
  return createWatchdog({ traffic, isAtWork, giveUp: destroy }, silenceMsMax);
}

/** Lets a watchdog watch while a query is under way; answers how to end that. */
export function watchQueries(client: Client, watchdog: Watchdog): () => void {
  const ask = client.query.bind(client) as (...words: readonly unknown[]) => Promise<unknown>;
  const query = async (...words: readonly unknown[]): Promise<unknown> => {
    watchdog.begin();
    try {
      return await ask(...words);
    } finally {
      watchdog.end();
    }
  };
  Object.assign(client, { query });
  return () => void Reflect.deleteProperty(client, "query");
}

/** Ends a connection. One that fell silent never says goodbye. */
export async function farewell(client: Client): Promise<void> {
  const ended = client.end().catch(() => undefined); // It may be gone.
  await Promise.race([ended, delay(FAREWELL_MS_MAX, undefined, { ref: false })]);
}

/** Whether a backend does what it was asked to, and neither waits for more nor for who takes its answer. */
async function asksWhetherAtWork(driver: Driver, { pid, startedAt }: Backend, signal: AbortSignal): Promise<boolean> {
  const { client, destroy } = await driver.connect({}, { signal });
  signal.addEventListener("abort", destroy);
  try {
    const sql = `SELECT FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2 AND state NOT LIKE 'idle%'
      AND coalesce(wait_event, '') NOT IN ('ClientRead', 'ClientWrite')`;
    return (await client.query(sql, [pid, startedAt])).rowCount === 1;
  } finally {
    signal.removeEventListener("abort", destroy);
    void farewell(client);
  }
}
