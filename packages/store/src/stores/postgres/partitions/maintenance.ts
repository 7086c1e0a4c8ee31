import type { Client } from "pg";
import { StoreError } from "../../../errors.ts";
import type { Driver } from "../driver.ts";
import { toStoreError } from "../postgres-errors.ts";

/** Does what changes tables, each time on a connection of its own that lasts no longer: commits go on meanwhile. */
export interface Maintenance {
  run<Result>(work: (client: Client) => Promise<Result>): Promise<Result>;
  /** Gives up what is under way, which leaves nothing half done behind. */
  readonly stop: () => void;
}

export function createMaintenance(driver: Driver, schema: string, label: string): Maintenance {
  const connected = new Set<Client>();
  let isStopped = false;
  const end = async (client: Client): Promise<void> => {
    connected.delete(client);
    await client.end().catch(() => undefined); // It may be gone.
  };
  return {
    run: async (work) => {
      const { client } = await driver.connect({ search_path: schema });
      connected.add(client);
      try {
        if (isStopped) throw new StoreError("store-closed", "it was stopped before its tables were cared for");
        return await work(client);
      } catch (error) {
        throw toStoreError(error, label);
      } finally {
        await end(client);
      }
    },
    stop: () => {
      isStopped = true;
      for (const client of connected) void end(client);
    },
  };
}
