import { startPostgresCluster } from "@capstan/store/test-kit";

/** Measures on a fresh PostgreSQL with its default settings; `url` is the address of its database. */
export async function onPostgres<Result>(measure: (url: string) => Promise<Result>): Promise<Result> {
  const cluster = await startPostgresCluster({ durable: true });
  try {
    return await measure(cluster.url);
  } finally {
    await cluster.dispose();
  }
}
