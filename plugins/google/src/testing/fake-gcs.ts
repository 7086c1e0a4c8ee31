import { cachedProgram, startProgram, type StartedProgram } from "@capstan/sdk/test-kit";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const VERSION = "v1.56.1";
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

async function built(): Promise<string> {
  const folder = await cachedProgram({
    name: `fake-gcs-server-${VERSION}`,
    needs: "a Go of 1.24 or later (apt-get install golang-go, or https://go.dev/dl) and a proxy of modules",
    async make(unfinished) {
      const env = { ...process.env, GOBIN: unfinished, GOFLAGS: "-mod=mod" };
      await promisify(execFile)("go", ["install", `github.com/fsouza/fake-gcs-server@${VERSION}`], { env });
      return unfinished;
    },
  });
  return join(folder, "fake-gcs-server");
}
