import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "./databases/database.ts";
import { openPostgresDatabase } from "./databases/postgres-database.ts";
import { runWorld } from "./run-world.ts";
import { testSeeds } from "./testing-seeds.ts";

/** The worlds of one server; a world costs half a second. */
let database: Database;

beforeAll(async () => {
  database = await openPostgresDatabase();
});
afterAll(() => database.close());

testSeeds(1, 24, { store: "postgres", database: () => database });

test("the same seed gives the same world on PostgreSQL", { timeout: 180_000 }, async () => {
  for (const seed of [1, 8]) {
    const first = await runWorld(seed, { faults: true, database });
    const again = await runWorld(seed, { faults: true, database });
    expect(again.trace, `seed ${seed}`).toEqual(first.trace);
  }
});

/** Whoever takes over hears that one transaction more was committed than there was. */
const BOASTFUL = `CREATE FUNCTION boast() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.commits = OLD.commits + 1; RETURN NEW; END $$;
  CREATE TRIGGER boast BEFORE UPDATE OF epoch ON writers FOR EACH ROW EXECUTE FUNCTION boast()`;

test("a server that claims to have committed what it never got is caught", { timeout: 180_000 }, async () => {
  const boastful = await openPostgresDatabase({ spoiltBy: BOASTFUL });
  const seen = new Set<string>();
  try {
    for (let seed = 1; seed <= 40 && seen.size === 0; seed += 1) {
      const { violations } = await runWorld(seed, { faults: true, database: boastful });
      for (const { invariant } of violations) seen.add(invariant);
    }
  } finally {
    await boastful.close();
  }
  expect([...seen]).not.toEqual([]);
});
