import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { TORN_SQL } from "../../conformance/commit-forever.ts";
import { startWriting } from "../../conformance/writing-process.ts";
import { createPostgresStore } from "./postgres-store.ts";
import { type PostgresCluster, startPostgresCluster } from "./testing/cluster.ts";

const CHILD = fileURLToPath(new URL("./commit-forever.child.ts", import.meta.url));
const ROUNDS = 6;

async function setup(): Promise<PostgresCluster> {
  const cluster = await startPostgresCluster({ durable: true });
  onTestFinished(() => cluster.dispose());
  return cluster;
}

async function inspect(cluster: PostgresCluster, acknowledged: readonly string[]) {
  const rows = await cluster.query<{ id: string }>("SELECT id FROM executions");
  const present = new Set(rows.map((row) => row.id));
  const halves = await cluster.query(TORN_SQL);
  return { lost: acknowledged.filter((id) => !present.has(id)), halves };
}

/** A moment within the first tenth of a second, another one in each round. */
function moment(seed: number, round: number): Promise<void> {
  return delay(((seed + round * 0.618) % 1) * 100);
}

test("a process killed at any moment loses no acknowledged unit and leaves none half there", async () => {
  const cluster = await setup();
  const seed = Math.random();
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const writing = startWriting(CHILD, cluster.url, `r${String(round).padStart(2, "0")}`);
    await writing.started;
    await moment(seed, round);
    acknowledged.push(...(await writing.kill()));
    expect({ seed, round, ...(await inspect(cluster, acknowledged)) }).toEqual({ seed, round, lost: [], halves: [] });
  }
  expect(acknowledged.length).toBeGreaterThan(ROUNDS);
});

/** A process writes on while something happens to its connection, again and again: nothing is lost, half there or doubled. */
async function writeThrough(cluster: PostgresCluster, disturb: () => Promise<unknown>): Promise<void> {
  const seed = Math.random();
  const writing = startWriting(CHILD, cluster.url, "r00");
  await writing.started;
  for (let round = 0; round < ROUNDS; round += 1) {
    await moment(seed, round);
    const before = writing.count();
    await disturb();
    await expect.poll(() => writing.count(), { timeout: 60_000 }).toBeGreaterThan(before + 100);
  }
  const acknowledged = await writing.kill();
  expect({ seed, ...(await inspect(cluster, acknowledged)) }).toEqual({ seed, lost: [], halves: [] });
  // Each unit was written once, also those whose answer was lost with the server.
  const twice = await cluster.query("SELECT execution_id FROM logs GROUP BY execution_id HAVING count(*) > 1");
  expect(twice).toEqual([]);
}

test("a server that crashes again and again loses no acknowledged unit, and the process goes on by itself", async () => {
  const cluster = await setup();
  await writeThrough(cluster, async () => {
    await cluster.crash();
    await cluster.start();
  });
});

test("backends that are killed one by one lose nothing and double nothing", async () => {
  const cluster = await setup();
  const sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'capstan'";
  await writeThrough(cluster, () => cluster.query(sql));
});

test("a second process is refused while the first lives, and let in once it was killed", async () => {
  const cluster = await setup();
  const writing = startWriting(CHILD, cluster.url, "r00");
  await writing.started;
  const refused = createPostgresStore({ url: cluster.url });
  await expect(refused.start()).rejects.toMatchObject({
    code: "store-locked",
    message: expect.stringContaining("schema capstan"),
  });
  await writing.kill();
  const store = createPostgresStore({ url: cluster.url });
  await store.start();
  await store.stop();
});
