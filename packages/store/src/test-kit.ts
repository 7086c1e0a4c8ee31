/** For simulations: the real store, one step of a commit after the other. */
export { createInThreadDisk, type GatheredGroup, type InThreadDisk } from "./stores/sqlite/in-thread-store.ts";
