import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { startProgram } from "@capstan/sdk/test-kit";

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
const CACHE = join(import.meta.dirname, "../../../../node_modules/.cache/capstan");
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

/** Built once, aside, and moved into place: several tests may need it at the same time. */
async function builtProgram(): Promise<string> {
  const program = join(CACHE, `ferretdb-${VERSION}`);
  if (existsSync(program)) return program;
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(`${program}-`);
  const go = (...args: readonly string[]) => promisify(execFile)("go", args, { cwd: folder });
  try {
    await cp(SOURCES, folder, { recursive: true });
    await go("mod", "vendor");
    // The module lacks the file that its own build writes, and wants it.
    await writeFile(join(folder, "vendor", MODULE, "build/version/version.txt"), `${VERSION}\n`);
    await go("build", "-tags", "ferretdb_nopostgresql", "-o", "ferretdb", `${MODULE}/cmd/ferretdb`);
    await rename(join(folder, "ferretdb"), program);
    return program;
  } catch (error) {
    throw new Error(`FerretDB can't be built, which this test needs: ${INSTALL}`, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
