import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { cachedProgram, type StartedProgram, startProgram } from "@capstan/sdk/test-kit";

const VERSION = "1.8.0";
/** A first build takes one or two minutes. */
export const BUILD_MS_MAX = 600_000;

/** Path of OPA, which is built when it is asked for the first time. Throws an error that says what is needed. */
export async function builtOpa(): Promise<string> {
  const folder = await cachedProgram({
    name: `opa-${VERSION}`,
    needs: "Go 1.24 (apt-get install golang) and a module proxy",
    async make(made) {
      const env = { ...process.env, GOBIN: made, CGO_ENABLED: "0" };
      await promisify(execFile)("go", ["install", `github.com/open-policy-agent/opa@v${VERSION}`], { env });
      return made;
    },
  });
  return join(folder, "opa");
}

/** A real OPA, which lets whoever has the token do anything. */
export async function startOpa(token: string): Promise<StartedProgram & { readonly url: string }> {
  const command = await builtOpa();
  const rules = await mkdtemp(join(tmpdir(), "capstan-opa-"));
  const file = join(rules, "authorization.rego");
  await writeFile(
    file,
    `package system.authz\n\ndefault allow := false\n\nallow if input.identity == "${token}"\n\nallow if input.path == ["health"]\n`,
  );
  const program = await startProgram({
    command,
    args: ({ port }) => [
      "run",
      "--server",
      `--addr=127.0.0.1:${port}`,
      "--authentication=token",
      "--authorization=basic",
      "--set=decision_logs.console=true",
      "--disable-telemetry",
      "--log-level=error",
      file,
    ],
    install: "it is built by this test",
    isReady: async ({ port }) =>
      await fetch(`http://127.0.0.1:${port}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
  });
  return {
    ...program,
    url: `http://127.0.0.1:${program.port}`,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await rm(rules, { recursive: true, force: true });
    },
  };
}
