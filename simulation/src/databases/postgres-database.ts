import type { Store } from "@capstan/store";
import { createPostgresStore } from "@capstan/store/postgres";
import { openWay, type PostgresCluster, startPostgresCluster, type Way } from "@capstan/store/test-kit";
import type { Database } from "./database.ts";
import { type Gathering, gatherCommits } from "./gathering-store.ts";
import { createUnderWay } from "./under-way.ts";

/** How long the store waits for a connection before it tells who commits: for one that comes as long as it takes, in milliseconds. */
const PATIENCE_MS = { there: 60_000, lost: 20 };
/** How long a server may take to notice that its clients are gone, in milliseconds. */
const GONE_MS_MAX = 20_000;

interface Life {
  /** What the process really runs on. */
  readonly real: Store;
  readonly gathering: Gathering;
  /** Resolves when the store answers again; absent while it does. */
  back: PromiseWithResolvers<void> | undefined;
}

export interface PostgresDatabaseOptions {
  /** SQL that makes it lie, to see that the checkers notice. */
  readonly spoiltBy?: string;
}

/**
 * A PostgreSQL server of one's own, reached over a network that can be cut. What takes real time takes none in the world: it stands
 * still until everything is answered, so that the same seed plays the same world.
 */
export async function openPostgresDatabase({ spoiltBy = "" }: PostgresDatabaseOptions = {}): Promise<Database> {
  const cluster = await startPostgresCluster();
  const way = await openWay(cluster.url);
  const underWay = createUnderWay();
  let life: Life | undefined;
  let isLost = false;
  const open = (listener: Parameters<Database["open"]>[0]): Store => {
    const patienceMs = () => (isLost ? PATIENCE_MS.lost : PATIENCE_MS.there);
    const real = underWay.watched(storeOf({ way, patienceMs, life: () => opened }));
    const opened: Life = { real, gathering: gatherCommits(real, listener, way.cutNext), back: undefined };
    life = opened;
    return opened.gathering.store;
  };
  await prepare(way);
  const emptied = await tablesOf(cluster);
  await cluster.query(spoiltBy);
  return {
    open,
    processDied: () => {
      const died = life;
      life = undefined;
      isLost = false;
      way.cut();
      underWay.add(buried(died, way, cluster));
    },
    settled: underWay.settled,
    network: {
      lose: () => {
        // A start would wait for it, in real time.
        if (life === undefined) return;
        isLost = true;
        way.cut();
      },
      restore: () => {
        isLost = false;
        way.repair();
        if (life !== undefined) underWay.add(restored(life));
      },
    },
    clear: async () => {
      await cluster.query(`TRUNCATE ${emptied.join(", ")}; UPDATE writers SET epoch = 0, commits = 0, sequence = 0`);
    },
    close: async () => {
      await way.close();
      await cluster.dispose();
    },
  };
}

interface StoreParts {
  readonly way: Way;
  readonly patienceMs: () => number;
  readonly life: () => Life;
}

/** The real store; two connections, so that its questions are answered in the order in which they are asked. */
function storeOf({ way, patienceMs, life }: StoreParts): Store {
  return createPostgresStore({
    url: way.url,
    connectionsMax: 1,
    patienceMs,
    onConnection: ({ isUp }) => {
      const { back } = life();
      if (!isUp) life().back ??= Promise.withResolvers();
      else {
        life().back = undefined;
        back?.resolve();
      }
    },
  });
}

/** What is left of a process goes before there is a way again: nothing that it began may go on. */
async function buried(died: Life | undefined, way: Way, cluster: PostgresCluster): Promise<void> {
  await died?.real.stop();
  way.repair();
  await untilGone(cluster);
}

async function restored({ back, gathering }: Life): Promise<void> {
  const isStopped = gathering.stopped.then(() => true);
  if ((await Promise.race([isStopped, back?.promise])) !== true) await gathering.decide();
}

/** Makes the tables. */
async function prepare(way: Way): Promise<void> {
  const store = createPostgresStore({ url: way.url });
  await store.start();
  await store.stop();
}

async function tablesOf(cluster: PostgresCluster): Promise<readonly string[]> {
  const rows = await cluster.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'capstan' AND tablename NOT IN ('migrations', 'writers')",
  );
  return rows.map(({ name }) => name);
}

/** A server that has not noticed yet would make the next process wait for the lock. */
async function untilGone(cluster: PostgresCluster): Promise<void> {
  const deadline = Date.now() + GONE_MS_MAX;
  const sql = "SELECT FROM pg_stat_activity WHERE application_name = 'capstan'";
  while ((await cluster.query(sql)).length > 0)
    if (Date.now() > deadline) throw new Error("the server did not notice that its clients are gone");
}
