import { storageConformance } from "../../conformance/storage-conformance.ts";
import { createMemoryStorage } from "./memory-storage.ts";

storageConformance("memory", {
  create: async () => ({ storage: createMemoryStorage(), dispose: async () => {} }),
});
