import { storeConformance } from "../../conformance/store-conformance.ts";
import { createInThreadDisk } from "./in-thread-store.ts";

storeConformance("SQLite in the calling thread", {
  create: async () => {
    const disk = createInThreadDisk();
    return {
      open: () =>
        disk.open((group) => {
          setImmediate(() => {
            group.write();
            group.acknowledge();
          });
        }),
      dispose: async () => disk.close(),
    };
  },
});
