import { afterAll, beforeAll } from "vitest";
import { T0 } from "../../conformance/fixtures.ts";
import { storeConformance } from "../../conformance/store-conformance.ts";
import type { Store } from "../../store.ts";
import { DAY_MS } from "../../days.ts";
import { createPostgresStore } from "./postgres-store.ts";
import { type PostgresCluster, startPostgresCluster } from "./testing/cluster.ts";

let cluster: PostgresCluster;
let places = 0;

beforeAll(async () => {
  cluster = await startPostgresCluster();
});
afterAll(() => cluster.dispose());

/** A store that starts on the day of the tests' executions, which get partitions, and lives ten days later. */
function openStore(schema: string): Store {
  let now = T0;
  const clock = { now: () => now, setTimer: () => () => undefined };
  const store = createPostgresStore({ url: cluster.url, schema, connectionsMax: 2, clock });
  return {
    ...store,
    start: async () => {
      await store.start();
      now = T0 + 10 * DAY_MS;
    },
  };
}

storeConformance("PostgreSQL", {
  hasSpans: true,
  create: async () => {
    const schema = `place_${(places += 1)}`;
    return {
      open: () => openStore(schema),
      dispose: async () => void (await cluster.query(`SET client_min_messages = error; DROP SCHEMA ${schema} CASCADE`)),
    };
  },
});
