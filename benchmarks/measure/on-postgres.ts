import { type ClusterOptions, type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";

/** Measures on a fresh PostgreSQL with its default settings; `url` is the address of its database, `query` asks it. */
export async function onPostgres<Result>(
  measure: (url: string, query: PostgresCluster["query"]) => Promise<Result>,
  { environment = {} }: Pick<ClusterOptions, "environment"> = {},
): Promise<Result> {
  const cluster = await startPostgresCluster({ durable: true, environment });
  try {
    return await measure(cluster.url, (sql) => cluster.query(sql));
  } finally {
    await cluster.dispose();
  }
}
