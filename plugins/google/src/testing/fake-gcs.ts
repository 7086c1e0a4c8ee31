import { startProgram, type StartedProgram } from "@capstan/sdk/test-kit";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const VERSION = "v1.56.1";
const CACHE = join(import.meta.dirname, "../../../../node_modules/.cache/capstan");
/** How long a build may take on a busy machine, with all that it downloads. */
export const BUILD_MS_MAX = 900_000;

/** A server that speaks the JSON API of Cloud Storage, with everything in memory. It is built at the first time. */
export async function startFakeGcs(): Promise<StartedProgram & { readonly endpoint: string }> {
  const program = await startProgram({
    command: await built(),
    args: ({ port }) => [
      "-scheme=http",
      "-host=127.0.0.1",
      `-port=${port}`,
      "-backend=memory",
      `-external-url=http://127.0.0.1:${port}`,
      `-public-host=127.0.0.1:${port}`,
    ],
    install: "it is built by the test",
  });
  return { ...program, endpoint: `http://127.0.0.1:${program.port}` };
}

/** Built aside and moved into place: several tests may need it at the same time. Throws an error that says what to install. */
async function built(): Promise<string> {
  const folder = join(CACHE, `fake-gcs-server-${VERSION}`);
  const program = join(folder, "fake-gcs-server");
  if (existsSync(program)) return program;
  await mkdir(CACHE, { recursive: true });
  const unfinished = await mkdtemp(`${folder}-`);
  try {
    const environment = { ...process.env, GOBIN: unfinished, GOFLAGS: "-mod=mod" };
    await promisify(execFile)("go", ["install", `github.com/fsouza/fake-gcs-server@${VERSION}`], { env: environment });
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(program)) throw error;
    });
    return program;
  } catch (error) {
    throw new Error(
      `fake-gcs-server ${VERSION} can't be built, which this test needs: a Go of 1.24 or later (apt-get install golang-go, or https://go.dev/dl) and a proxy of modules`,
      { cause: error },
    );
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
