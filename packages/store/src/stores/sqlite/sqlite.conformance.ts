import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeConformance } from "../../conformance/store-conformance.ts";
import { createSqliteStore } from "./sqlite-store.ts";

storeConformance("SQLite", {
  create: async () => {
    const folder = await mkdtemp(join(tmpdir(), "capstan-sqlite-"));
    return {
      open: () => createSqliteStore({ path: join(folder, "store.db") }),
      dispose: () => rm(folder, { recursive: true, force: true }),
    };
  },
});
