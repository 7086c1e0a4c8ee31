import { expect, onTestFinished, test } from "vitest";
import { execution, FIRST_PAGE, line, logBatch, TENANT } from "../../conformance/fixtures.ts";
import { createPostgresStore } from "./postgres-store.ts";
import { startPostgresCluster } from "./testing/cluster.ts";
import { openWay } from "./testing/way.ts";
import type { ConnectionChange } from "./writer.ts";

async function setup() {
  const cluster = await startPostgresCluster();
  const changes: ConnectionChange[] = [];
  const store = createPostgresStore({ url: cluster.url, onConnection: (change) => changes.push(change) });
  await store.start();
  onTestFinished(async () => {
    await store.stop();
    await cluster.dispose();
  });
  return { cluster, store, changes };
}

function unit(id: string) {
  return { executions: [execution(id)], logs: [logBatch({ executionId: id, lines: [line(0, id)] })] };
}

test("an outage is told to who waits, and what is committed again after it is written once", async () => {
  const { cluster, store, changes } = await setup();
  await store.commit(unit("e0"));
  await cluster.crash();
  const [underWay, later] = [unit("e1"), unit("e2")];
  await expect(store.commit(underWay)).rejects.toMatchObject({ code: "store-unreachable" });
  await expect(store.commit(later)).rejects.toMatchObject({ code: "store-unreachable" });
  await expect(store.executions.get(TENANT, "e0")).rejects.toMatchObject({ code: "store-unreachable" });
  await cluster.start();
  await expect.poll(() => changes.at(-1)?.isUp, { timeout: 30_000 }).toBe(true);
  await Promise.all([store.commit(underWay), store.commit(later)]);
  const { rows } = await store.logs.search({ tenant: TENANT }, FIRST_PAGE);
  expect(rows.map(({ message }) => message).toSorted()).toEqual(["e0", "e1", "e2"]);
});

test("a short outage is noticed by nobody who commits", async () => {
  const { cluster, store } = await setup();
  await cluster.crash();
  const committed = store.commit(unit("e1"));
  await cluster.start();
  await committed;
  expect((await store.executions.get(TENANT, "e1"))?.id).toBe("e1");
});

test("a store can be stopped while its database is away", async () => {
  const { cluster, store } = await setup();
  await cluster.crash();
  const refused = store.commit(unit("e1")).catch((error: unknown) => error);
  await store.stop();
  expect(await refused).toMatchObject({ code: "store-unreachable" });
});

test("a reader whose connection fell silent asks again on another one", async () => {
  const cluster = await startPostgresCluster();
  onTestFinished(() => cluster.dispose());
  const way = await openWay(cluster.url);
  onTestFinished(way.close);
  const store = createPostgresStore({ url: way.url, connectionsMax: 1, statementMsMax: 100 });
  await store.start();
  onTestFinished(() => store.stop());
  await store.commit(unit("e1"));
  expect((await store.logs.search({ tenant: TENANT }, FIRST_PAGE)).total).toBe(1);
  way.fallSilent();
  expect((await store.logs.search({ tenant: TENANT }, FIRST_PAGE)).total).toBe(1);
});
