import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, runCommand, startCommand, temporaryFiles } from "./testing/run-command.ts";

const USER = ["--user", "ada:secret-word"];

/** A server on a free port with its own data; it stops after the test. */
async function startServer() {
  const path = await temporaryFiles({ "c.yaml": "server:\n  basicAuth: { username: ada, password: secret-word }\n" });
  const words = ["server", "--port", "0", "--data", path("data"), "--config", path("c.yaml")];
  const server = startCommand([...words, "--flows", join(ROOT, "examples")]);
  const [, url = ""] = await server.printed(/capstan listens on (\S+)/);
  const command = (...words: string[]) =>
    runCommand(words, { environment: { CAPSTAN_SERVER: url, CAPSTAN_USER: "ada:secret-word" } });
  return { ...server, url, command, path };
}

test("a server loads its flows, serves the client commands, and stops on SIGTERM", async () => {
  const { child, ended, command } = await startServer();
  expect((await command("flow", "list", "--namespace", "examples")).stdout).toContain("hello-world");

  const started = await command(
    "execution",
    "start",
    "examples",
    "inputs-and-outputs",
    "--input",
    "name=Bo",
    "--follow",
  );
  expect(started.exitCode, started.stderr).toBe(0);
  expect(started.stdout).toContain("Hello Bo, 3 times");

  const id = /([A-Za-z0-9]{16,})\n {2}text:/.exec(started.stdout)?.[1] ?? "";
  expect((await command("execution", "get", id, "--json")).stdout).toContain('"current": "SUCCESS"');
  expect((await command("execution", "list", "--flow", "inputs-and-outputs")).stdout).toContain(id);

  const paused = (await command("execution", "start", "examples", "wait-for-approval")).stdout.trim();
  expect(await command("execution", "kill", paused)).toMatchObject({ exitCode: 0 });
  const killed = await command("execution", "follow", paused);
  expect(killed).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("KILLED examples.wait-for-approval") });

  child.kill("SIGTERM");
  expect(await ended).toMatchObject({ exitCode: 0 });
});

test("flows are applied, compared, read and deleted", async () => {
  const { command, path } = await startServer();
  const source =
    "id: mine\nnamespace: my.team\ntasks:\n  - id: t\n    type: io.kestra.plugin.core.log.Log\n    message: hi\n";
  const { writeFile } = await import("node:fs/promises");
  const file = path("mine.yaml");
  await writeFile(file, source);
  expect(await command("flow", "diff", file)).toMatchObject({ exitCode: 1 });
  expect((await command("flow", "apply", file)).stdout).toBe("created my.team.mine revision 1\n");
  expect((await command("flow", "apply", file)).stdout).toBe("unchanged my.team.mine revision 1\n");
  expect(await command("flow", "diff", file)).toMatchObject({ exitCode: 0, stdout: "" });
  expect((await command("flow", "get", "my.team", "mine")).stdout).toBe(source);
  await writeFile(file, source.replace("hi", "ho"));
  expect((await command("flow", "diff", file)).stdout).toContain("-     message: hi\n+     message: ho\n");
  expect((await command("flow", "apply", file)).stdout).toBe("updated my.team.mine revision 2\n");
  await writeFile(file, source.replace("tasks:", "taks:"));
  expect(await command("flow", "apply", file)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("mine.yaml: 422"),
  });
  expect(await command("flow", "delete", "my.team", "mine")).toMatchObject({ exitCode: 0 });
  expect(await command("flow", "get", "my.team", "mine")).toMatchObject({ exitCode: 1 });
});

test("a caller without the password is refused", async () => {
  const { url } = await startServer();
  const { exitCode, stderr } = await runCommand(["flow", "list", "--server", url]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^401 .*--user/);
  expect(await runCommand(["flow", "list", "--server", url, ...USER])).toMatchObject({ exitCode: 0 });
});

test("the configuration is explained with its origins, and passwords are masked", async () => {
  const environment = { CAPSTAN_SERVER_PORT: "9999", CAPSTAN_SERVER_BASIC_AUTH_PASSWORD: "secret-word" };
  const { exitCode, stdout } = await runCommand(["config", "explain"], { environment });
  expect(exitCode).toBe(0);
  expect(stdout).toContain("server.port: 9999 (from CAPSTAN_SERVER_PORT)");
  expect(stdout).not.toContain("secret-word");
});
