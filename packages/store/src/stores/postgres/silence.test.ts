import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { execution, FIRST_PAGE, line, logBatch, TENANT } from "../../conformance/fixtures.ts";
import { createPostgresStore } from "./postgres-store.ts";
import { type PostgresCluster, startPostgresCluster } from "./testing/cluster.ts";
import { openWay } from "./testing/way.ts";
import type { ConnectionChange } from "./writer.ts";

let cluster: PostgresCluster;
let schemas = 0;

/** How long the network may be silent in these tests, in milliseconds. */
const SILENCE_MS = 600;

beforeAll(async () => {
  cluster = await startPostgresCluster();
});
afterAll(() => cluster.dispose());

async function setup() {
  const way = await openWay(cluster.url);
  onTestFinished(way.close);
  const schema = `silent_${(schemas += 1)}`;
  const changes: ConnectionChange[] = [];
  const store = createPostgresStore({
    url: way.url,
    schema,
    silenceMsMax: SILENCE_MS,
    onConnection: (change) => changes.push(change),
  });
  await store.start();
  onTestFinished(() => store.stop());
  await store.commit(unit("e0"));
  const texts = async () => {
    const { rows } = await store.logs.search({ tenant: TENANT }, FIRST_PAGE);
    return rows.map(({ message }) => message).toSorted();
  };
  return { way, store, schema, changes, texts };
}

function unit(id: string) {
  return { executions: [execution(id)], logs: [logBatch({ executionId: id, lines: [line(0, id)] })] };
}

test("a commit on a network that fell silent is noticed in time, and written once on another connection", async () => {
  const { way, store, changes, texts } = await setup();
  way.fallSilent();
  const startedAt = performance.now();
  await store.commit(unit("e1"));
  // Silence of both ways is noticed in the limit; the rest is for a busy machine.
  expect(performance.now() - startedAt).toBeLessThan(SILENCE_MS + 4_000);
  expect(changes.map(({ isUp }) => isUp)).toEqual([false, true]);
  expect(await texts()).toEqual(["e0", "e1"]);
});

test("a commit whose answer is lost in silence is written once", async () => {
  const { way, store, changes, texts } = await setup();
  way.fallSilent({ only: "answers" });
  await store.commit(unit("e1"));
  expect(changes.map(({ isUp }) => isUp)).toEqual([false, true]);
  expect(await texts()).toEqual(["e0", "e1"]);
});

test.each(["request", "answer"] as const)(
  "a connection that is cut before its %s arrives writes once",
  async (before) => {
    const { way, store, changes, texts } = await setup();
    way.cutNext(before);
    await Promise.all([store.commit(unit("e1")), store.commit(unit("e2"))]);
    expect(changes.map(({ isUp }) => isUp)).toEqual([false, true]);
    expect(await texts()).toEqual(["e0", "e1", "e2"]);
  },
);

test("a server that takes its time is waited for, as it says that it works", async () => {
  const { way, store, schema, changes, texts } = await setup();
  const blocker = new pg.Client({ connectionString: cluster.url });
  await blocker.connect();
  onTestFinished(() => blocker.end());
  await blocker.query(`BEGIN; LOCK TABLE ${schema}.logs`);
  const committed = store.commit(unit("e1"));
  // It is asked again and again.
  for (let asked = 0; asked < 3; asked += 1) await way.connected();
  await blocker.query("ROLLBACK");
  await committed;
  expect(changes).toEqual([]);
  expect(await texts()).toEqual(["e0", "e1"]);
});

test("an answer that comes late, while the server is asked whether it works, is no loss", async () => {
  const { way, store, changes, texts } = await setup();
  const { letGo } = way.hold();
  const committed = store.commit(unit("e1"));
  await way.connected();
  letGo();
  await committed;
  expect(changes).toEqual([]);
  expect(await texts()).toEqual(["e0", "e1"]);
});

test("while nothing gets through at all, who waits is told; afterwards it goes on by itself, and writes once", async () => {
  const { way, store, changes, texts } = await setup();
  way.fallSilent({ newOnes: true });
  const [underWay, refused] = [unit("e1"), unit("e2")];
  const told = { code: "store-unreachable" };
  await expect(store.commit(underWay)).rejects.toMatchObject(told);
  await expect(store.commit(refused)).rejects.toMatchObject(told);
  way.speak();
  await expect.poll(() => changes.at(-1)?.isUp, { timeout: 30_000 }).toBe(true);
  await Promise.all([store.commit(underWay), store.commit(refused)]);
  expect(await texts()).toEqual(["e0", "e1", "e2"]);
});
