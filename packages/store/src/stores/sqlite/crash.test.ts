import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { TORN_SQL } from "../../conformance/commit-forever.ts";
import { startWriting } from "../../conformance/writing-process.ts";
import { openDatabase } from "./driver.ts";
import { createSqliteStore } from "./sqlite-store.ts";

const CHILD = fileURLToPath(new URL("./commit-forever.child.ts", import.meta.url));
const ROUNDS = 20;

async function setup(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-crash-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "store.db");
}

test("a process killed at any moment loses no acknowledged unit and leaves none half there", async () => {
  const path = await setup();
  const seed = Math.random();
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const writing = startWriting(CHILD, path, `r${String(round).padStart(2, "0")}`);
    await writing.started;
    await delay(((seed + round * 0.618) % 1) * 80);
    acknowledged.push(...(await writing.kill()));
    // Opening recovers what the process left behind.
    const store = createSqliteStore({ path });
    await store.start();
    await store.stop();
    const database = openDatabase(path, { readOnly: true, busyTimeoutMs: 0 });
    const present = new Set(database.all<{ id: string }>("SELECT id FROM executions").map((row) => row.id));
    const lost = acknowledged.filter((id) => !present.has(id));
    const halves = database.all(TORN_SQL);
    database.close();
    expect({ seed, round, lost, halves }).toEqual({ seed, round, lost: [], halves: [] });
  }
  expect(acknowledged.length).toBeGreaterThan(ROUNDS);
}, 120_000);

test("a second process is refused while the first lives, and let in once it was killed", async () => {
  const path = await setup();
  const writing = startWriting(CHILD, path, "r00");
  await writing.started;
  const refused = createSqliteStore({ path });
  await expect(refused.start()).rejects.toMatchObject({
    code: "store-locked",
    message: expect.stringContaining("store.db.lock"),
  });
  await writing.kill();
  const store = createSqliteStore({ path });
  await store.start();
  await store.stop();
});
