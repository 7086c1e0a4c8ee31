import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase, type Database } from "./driver.ts";
import { createSqliteStore } from "./sqlite-store.ts";

const CHILD = fileURLToPath(new URL("./commit-forever.child.ts", import.meta.url));
const ROUNDS = 20;

interface Writing {
  readonly child: ChildProcess;
  /** Resolves with the first acknowledgement. */
  readonly started: Promise<unknown>;
  /** Kills it at once; answers the ids of all acknowledged units. */
  kill(): Promise<readonly string[]>;
}

function startWriting(path: string, prefix: string): Writing {
  const child = spawn(process.execPath, [CHILD, path, prefix], { stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  return {
    child,
    started: once(child.stdout, "data"),
    kill: async () => {
      child.kill("SIGKILL");
      await once(child, "close");
      // A last line without its end was not acknowledged to anybody.
      return Buffer.concat(chunks).toString().split("\n").slice(0, -1);
    },
  };
}

async function setup(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-crash-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "store.db");
}

/** Units of which only a part is there. */
function torn(database: Database): readonly unknown[] {
  return database.all(`SELECT id FROM executions AS e WHERE
      (SELECT count(*) FROM task_runs AS r WHERE r.tenant = e.tenant AND r.execution_id = e.id) <> 3
      OR (SELECT count(*) FROM logs AS l WHERE l.tenant = e.tenant AND l.execution_id = e.id) <> 1
      OR (SELECT count(*) FROM timers AS t WHERE t.tenant = e.tenant AND t.execution_id = e.id) <> 1
      OR (SELECT count(*) FROM execution_labels AS b WHERE b.tenant = e.tenant AND b.key = 'round'
            AND b.value = substr(e.id, 1, 3) AND b.execution_id = e.id) <> 1
    UNION ALL SELECT execution_id FROM task_runs WHERE execution_id NOT IN (SELECT id FROM executions)
    UNION ALL SELECT execution_id FROM logs WHERE execution_id NOT IN (SELECT id FROM executions)
    UNION ALL SELECT execution_id FROM timers WHERE execution_id NOT IN (SELECT id FROM executions)`);
}

test("a process killed at any moment loses no acknowledged unit and leaves none half there", async () => {
  const path = await setup();
  const seed = Math.random();
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const writing = startWriting(path, `r${String(round).padStart(2, "0")}`);
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
    const halves = torn(database);
    database.close();
    expect({ seed, round, lost, halves }).toEqual({ seed, round, lost: [], halves: [] });
  }
  expect(acknowledged.length).toBeGreaterThan(ROUNDS);
}, 120_000);

test("a second process is refused while the first lives, and let in once it was killed", async () => {
  const path = await setup();
  const writing = startWriting(path, "r00");
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
