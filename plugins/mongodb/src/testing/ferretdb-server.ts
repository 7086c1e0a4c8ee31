import { execFile } from "node:child_process";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cachedProgram, startProgram } from "@capstan/sdk/test-kit";

/** A server that speaks the protocol of MongoDB, on SQLite. */
export interface FerretdbServer extends AsyncDisposable {
  readonly port: number;
  readonly uri: string;
  /** Ends it at once. */
  kill(): Promise<void>;
}

const VERSION = "v1.24.0";
const MODULE = "github.com/FerretDB/FerretDB";
const SOURCES = join(import.meta.dirname, "ferretdb");
const INSTALL = "apt-get install golang, and a proxy of Go modules";

export async function startFerretdb(): Promise<FerretdbServer> {
  const command = await builtProgram();
  const server = await startProgram({
    command,
    args: ({ port, folder }) => [
      "--handler=sqlite",
      `--sqlite-url=file:${folder}/`,
      `--state-dir=${folder}`,
      `--listen-addr=127.0.0.1:${port}`,
      "--debug-addr=-",
      "--telemetry=disable",
    ],
    install: INSTALL,
  });
  return {
    ...server,
    uri: `mongodb://127.0.0.1:${server.port}/`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function builtProgram(): Promise<string> {
  return await cachedProgram({
    name: `ferretdb-${VERSION}`,
    needs: INSTALL,
    async make(folder) {
      const go = (...args: readonly string[]) => promisify(execFile)("go", args, { cwd: folder });
      await cp(SOURCES, folder, { recursive: true });
      await go("mod", "vendor");
      // The module lacks the file that its own build writes, and wants it.
      await writeFile(join(folder, "vendor", MODULE, "build/version/version.txt"), `${VERSION}\n`);
      await go("build", "-tags", "ferretdb_nopostgresql", "-o", "ferretdb", `${MODULE}/cmd/ferretdb`);
      return join(folder, "ferretdb");
    },
  });
}
