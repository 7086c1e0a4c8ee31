/** For simulations: the real store, one step of a commit after the other. */
export { createInThreadDisk, type GatheredGroup, type InThreadDisk } from "./stores/sqlite/in-thread-store.ts";
/** For tests that need a server of PostgreSQL. */
export { type ClusterOptions, type PostgresCluster, startPostgresCluster } from "./stores/postgres/testing/cluster.ts";
/** For tests of what becomes of a connection. */
export { openWay, type Way } from "./stores/postgres/testing/way.ts";
/** For tests that need a store with rows of many shapes. */
export { manifoldUnits } from "./transfer/testing/manifold.ts";
