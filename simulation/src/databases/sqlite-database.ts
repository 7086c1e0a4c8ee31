import { createInThreadDisk } from "@capstan/store/test-kit";
import type { Database } from "./database.ts";

/** SQLite in memory and in the calling thread: nothing of it takes real time. */
export function createSqliteDatabase(): Database {
  const disk = createInThreadDisk();
  return {
    open: (listener) =>
      disk.open((group) =>
        listener.gathered({
          units: group.units,
          write: () => {
            const refused = group.write();
            return new Set(group.units.filter((unit) => !refused.has(unit)));
          },
          acknowledge: () => group.acknowledge(),
          refuse: (error) => group.refuse(error),
        }),
      ),
    processDied: () => undefined,
    settled: () => new Promise((resolve) => void setImmediate(resolve)),
    clear: async () => disk.clear(),
    close: async () => disk.close(),
  };
}
