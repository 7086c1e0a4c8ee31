import { storeConformance } from "../../conformance/store-conformance.ts";
import { createMemoryStore, type MemoryStore } from "./memory-store.ts";

storeConformance("memory", {
  hasSpans: true,
  create: async () => {
    let store: MemoryStore | undefined;
    return {
      open: () => (store = createMemoryStore(store === undefined ? {} : { from: store.snapshot() })),
      dispose: async () => {},
    };
  },
});
