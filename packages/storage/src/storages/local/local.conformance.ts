import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storageConformance } from "../../conformance/storage-conformance.ts";
import { createLocalStorage } from "./local-storage.ts";

storageConformance("a local folder", {
  create: async () => {
    const directory = await mkdtemp(join(tmpdir(), "capstan-storage-"));
    return {
      storage: createLocalStorage({ directory }),
      dispose: () => rm(directory, { recursive: true, force: true }),
    };
  },
});
