import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, runCommand, startCommand, temporaryFiles } from "../testing/run-command.ts";

/** A server with the examples; answers how to run a command that talks to it. */
async function startServer() {
  const path = await temporaryFiles();
  const flows = join(ROOT, "examples");
  const server = startCommand(["server", "--port", "0", "--data", path("data"), "--flows", flows]);
  const [, url = ""] = await server.printed(/capstan listens on (\S+)/);
  return (...words: string[]) => runCommand(words, { environment: { CAPSTAN_SERVER: url } });
}

test("an execution is written to a file, which another server takes once", async () => {
  const [here, there, path] = [await startServer(), await startServer(), await temporaryFiles()];
  const started = await here("execution", "start", "examples", "hello-world", "--follow", "--json");
  const { id } = JSON.parse(started.stdout) as { readonly id: string };
  const file = path("hello.zip");

  expect(await here("execution", "export", id, "-o", file)).toEqual({ exitCode: 0, stdout: `${file}\n`, stderr: "" });
  const content = await readFile(file);
  expect(await here("execution", "export", id, "-o", file)).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringContaining("there is such a file already — name another one with --output"),
  });
  expect(await readFile(file)).toEqual(content);
  expect((await here("execution", "export", id, "-o", "-")).stdout).toMatch(/^PK/);

  expect(await there("execution", "import", file)).toEqual({ exitCode: 0, stdout: `${id}\n`, stderr: "" });
  expect((await there("execution", "get", id)).stdout).toContain("SUCCESS");
  expect(await there("execution", "import", file)).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringContaining(`There is an execution ${id} already`),
  });
});

test("what can't be exported or imported is told", async () => {
  const [server, path] = [await startServer(), await temporaryFiles()];
  const paused = (await server("execution", "start", "examples", "wait-for-approval")).stdout.trim();
  const live = await server("execution", "export", paused, "-o", path("live.zip"));
  expect([live.exitCode, live.stderr]).toEqual([1, expect.stringContaining("wait for its end, or kill it")]);
  await expect(readFile(path("live.zip"))).rejects.toMatchObject({ code: "ENOENT" });
  const missing = await server("execution", "import", path("none.zip"));
  expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining("there is no such file")]);
  await writeFile(path("text.zip"), "no archive");
  const broken = await server("execution", "import", path("text.zip"));
  expect([broken.exitCode, broken.stderr]).toEqual([2, expect.stringContaining("The zip archive can't be read")]);
});
