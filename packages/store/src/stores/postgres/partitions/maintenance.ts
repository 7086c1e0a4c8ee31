import type { Client } from "pg";
import { StoreError } from "../../../errors.ts";
import type { Driver } from "../driver.ts";
import { toStoreError } from "../postgres-errors.ts";

/** Does what changes tables, each time on a connection of its own that lasts no longer: commits go on meanwhile. */
export interface Maintenance {
  run<Result>(work: (client: Client) => Promise<Result>): Promise<Result>;
  /** Gives up what is under way, which leaves nothing half done behind; resolves when its connections are gone. */
  readonly stop: () => Promise<void>;
}

export function createMaintenance(driver: Driver, schema: string, label: string): Maintenance {
  const stopping = new AbortController();
  const connected = new Set<Client>();
  const underWay = new Set<Promise<unknown>>();
  const end = async (client: Client): Promise<void> => {
    connected.delete(client);
    await client.end().catch(() => undefined); // It may be gone.
  };
  const runOnce = async <Result>(work: (client: Client) => Promise<Result>): Promise<Result> => {
    const { client } = await driver.connect({ search_path: schema }, { signal: stopping.signal });
    connected.add(client);
    try {
      if (stopping.signal.aborted)
        throw new StoreError("store-closed", "it was stopped before its tables were cared for");
      return await work(client);
    } catch (error) {
      throw toStoreError(error, label);
    } finally {
      await end(client);
    }
  };
  return {
    run: (work) => {
      const running = runOnce(work);
      underWay.add(running);
      const forget = () => void underWay.delete(running);
      running.then(forget, forget);
      return running;
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(Array.from(connected, end));
      await Promise.allSettled(underWay);
    },
  };
}
