import { join } from "node:path";
import type { JsonMap } from "@capstan/sdk";
import { pythonWith, startProgram } from "@capstan/sdk/test-kit";

/** The engine of ClickHouse behind its HTTP interface, with a database `shop`. */
export interface ClickhouseServer extends AsyncDisposable {
  readonly port: number;
  /** Properties that connect to it. */
  readonly place: JsonMap & { readonly url: string; readonly username: string; readonly password: string };
  /** Ids of queries that run, or that were ended by KILL QUERY. */
  queries(which: "running" | "killed"): Promise<readonly string[]>;
}

const ENGINE = "chdb==4.4.0";
const USER = "äpp";
const PASSWORD = "p'ass\"w@rd";

export async function startClickhouse(): Promise<ClickhouseServer> {
  const python = await pythonWith([ENGINE]);
  const script = join(import.meta.dirname, "clickhouse_server.py");
  const server = await startProgram({
    command: python,
    args: ({ port, folder }) => [script, String(port), join(folder, "data"), USER, PASSWORD],
    install: ENGINE,
  });
  const { port } = server;
  return {
    port,
    place: { url: `jdbc:clickhouse://127.0.0.1:${port}/shop`, username: USER, password: PASSWORD },
    queries: async (which) => (await (await fetch(`http://127.0.0.1:${port}/${which}`)).json()) as string[],
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
