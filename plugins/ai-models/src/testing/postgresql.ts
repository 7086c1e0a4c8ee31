import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

/** The password of the tests; this server lets everybody in. */
export const PASSWORD = "postgres-password";

export interface PostgresqlServer extends AsyncDisposable {
  /** As properties of a memory or a store. */
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
    readonly password: string;
  };
  query(sql: string): Promise<readonly unknown[]>;
}

/** PostgreSQL with pgvector, built for WebAssembly, on a port of this machine. */
export async function startPostgresql(): Promise<PostgresqlServer> {
  const database = await PGlite.create({ extensions: { vector } });
  const server = new PGLiteSocketServer({ db: database, host: "127.0.0.1", port: 0 });
  const listening = new Promise<number>((resolve) => {
    server.addEventListener("listening", (event) => resolve((event as CustomEvent<{ port: number }>).detail.port));
  });
  await server.start();
  const port = await listening;
  return {
    connection: { host: "127.0.0.1", port, database: "postgres", user: "postgres", password: PASSWORD },
    query: async (sql) => (await database.query(sql)).rows,
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await database.close();
    },
  };
}
