import { afterAll, beforeAll } from "vitest";
import { storeConformance } from "../../conformance/store-conformance.ts";
import { createPostgresStore } from "./postgres-store.ts";
import { type PostgresCluster, startPostgresCluster } from "./testing/cluster.ts";

let cluster: PostgresCluster;
let places = 0;

beforeAll(async () => {
  cluster = await startPostgresCluster();
});
afterAll(() => cluster.dispose());

storeConformance("PostgreSQL", {
  create: async () => {
    const schema = `place_${(places += 1)}`;
    return {
      open: () => createPostgresStore({ url: cluster.url, schema, connectionsMax: 2 }),
      dispose: async () => void (await cluster.query(`SET client_min_messages = error; DROP SCHEMA ${schema} CASCADE`)),
    };
  },
});
