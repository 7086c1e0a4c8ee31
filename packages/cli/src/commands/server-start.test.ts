import { existsSync } from "node:fs";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, runCommand, startCommand, temporaryFiles } from "../testing/run-command.ts";

const USER = ["--user", "ada:secret-word"];
const TOKEN = "0123456789-a-token-of-a-pipeline";

/** A server on a free port with its own data; it stops after the test. */
async function startServer() {
  const path = await temporaryFiles({
    "c.yaml": `server:\n  basicAuth: { username: ada, password: secret-word }\n  apiTokens: [${TOKEN}]\n`,
  });
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
  expect(await command("execution", "kill", paused)).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringMatching(/^the execution \w+ has ended, it is KILLED: nothing is killed — a subflow /),
  });

  child.kill("SIGTERM");
  expect(await ended).toMatchObject({ exitCode: 0 });
});

test("a server says once that it listens: in a sentence, and as a line of the log", async () => {
  const { child, ended, url, path } = await startServer();
  child.kill("SIGTERM");
  const { stdout, stderr } = await ended;
  expect(stdout.match(/listen/gi)).toEqual(["listen"]);
  const lines = stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.filter(({ msg }) => /listen/i.test(String(msg)))).toMatchObject([
    { level: 30, msg: "the server listens", url, data: path("data") },
  ]);
  expect(lines.at(-1)).toMatchObject({ msg: "the server stops when running tasks have ended" });
});

test("flows are applied, compared, read and deleted", async () => {
  const { command, path } = await startServer();
  const source =
    "id: mine\nnamespace: my.team\ntasks:\n  - id: t\n    type: io.kestra.plugin.core.log.Log\n    message: hi\n";
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

test("a folder is applied as one: what would happen, what happened, and what was refused", async () => {
  const { command, path } = await startServer();
  await mkdir(path("flows"));
  const flow = (id: string, type = "io.kestra.plugin.core.log.Log") =>
    `id: ${id}\nnamespace: my.team\ntasks:\n  - id: t\n    type: ${type}\n    message: hi\n`;
  await writeFile(path("flows/a.yaml"), flow("a"));
  await writeFile(path("flows/b.yaml"), flow("b").replace("message", "mesage"));
  const preview = await command("flow", "apply", path("flows"), "--dry-run");
  expect(preview).toMatchObject({ exitCode: 1, stdout: "created my.team.a (dry run)\n1 created, 1 refused\n" });
  expect(preview.stderr).toContain("b.yaml: ");
  expect((await command("flow", "list", "--namespace", "my.team")).stderr).toContain("no flows here");
  expect((await command("flow", "apply", path("flows"))).stdout).toContain("created my.team.a revision 1\n");
  await writeFile(path("flows/b.yaml"), flow("a"));
  expect(await command("flow", "apply", path("flows"))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("holds the flow my.team.a as well"),
  });
});

test("of a folder, dashboards and the like are told, and only flows are applied", async () => {
  const { command, path } = await startServer();
  await mkdir(path("flows"));
  const flow =
    "id: a\nnamespace: my.team\ntasks:\n  - id: t\n    type: io.kestra.plugin.core.debug.Return\n    format: x\n";
  await writeFile(path("flows/a.yaml"), flow);
  await writeFile(path("flows/board.yaml"), "id: overview\nnamespace: my.team\ntitle: Overview\ncharts: []\n");
  const stderr = expect.stringMatching(/^\S+board\.yaml: a dashboard, no flow: left out\n$/);
  expect(await command("flow", "apply", path("flows"))).toEqual({
    exitCode: 0,
    stdout: "created my.team.a revision 1\n",
    stderr,
  });
  expect(await command("flow", "diff", path("flows"))).toEqual({ exitCode: 0, stdout: "", stderr });
});

test("of a folder, what can't be read is told, all of it, and the rest is applied", async () => {
  const { command, path } = await startServer();
  await mkdir(path("flows"));
  const flow = "namespace: my.team\ntasks:\n  - id: t\n    type: io.kestra.plugin.core.log.Log\n    message: hi\n";
  await writeFile(path("flows/b.yaml"), `id: b\n${flow}`);
  await writeFile(path("flows/nameless.yaml"), flow);
  await writeFile(path("flows/latin.yaml"), Buffer.from(`id: d\ndescription: caf\xe9\n${flow}`, "latin1"));
  await symlink(path("nowhere"), path("flows/a.yaml"));
  const told = expect.stringMatching(
    /^\S+a\.yaml: there is no such file\n\S+latin\.yaml:2:\d+ wrong-encoding .*\n\S+nameless\.yaml:1:1 not-a-flow .*\n$/,
  );
  const preview = await command("flow", "apply", path("flows"), "--dry-run");
  expect(preview).toEqual({ exitCode: 1, stdout: "created my.team.b (dry run)\n1 created, 3 refused\n", stderr: told });
  expect(await command("flow", "diff", path("flows"))).toMatchObject({ exitCode: 1, stderr: told });
  expect(await command("flow", "apply", path("flows"))).toEqual({
    exitCode: 1,
    stdout: "created my.team.b revision 1\n1 created, 3 refused\n",
    stderr: told,
  });
  const checked = await command("validate", path("flows"));
  expect(checked).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^\S+a\.yaml: there is no such file\n$/),
  });
  expect(checked.stdout).toContain("latin.yaml:2:");
  expect(checked.stdout).toContain("3 flows, ");
});

test("paths that are not there are told, all of them, before anything is applied", async () => {
  const { command, path } = await startServer();
  await writeFile(
    path("a.yaml"),
    "id: a\nnamespace: my.team\ntasks: [{id: t, type: io.kestra.plugin.core.log.Log, message: x}]\n",
  );
  expect(await command("flow", "apply", path("a.yaml"), path("b.yaml"), path("d.yaml"))).toEqual({
    exitCode: 2,
    stdout: "",
    stderr: `${path("b.yaml")}: there is no such file\n${path("d.yaml")}: there is no such file\n`,
  });
});

test("a server starts although one of its flows can't be read", async () => {
  const path = await temporaryFiles({
    "good.yaml": "id: a\nnamespace: b\ntasks: [{id: t, type: io.kestra.plugin.core.log.Log, message: x}]\n",
  });
  await symlink(path("nowhere"), path("lost.yaml"));
  const { child, ended, printed } = startCommand([
    "server",
    "--port",
    "0",
    "--data",
    path("data"),
    "--flows",
    path("."),
  ]);
  await printed(/flows {3}1 from .*1 left out for mistakes/);
  child.kill("SIGTERM");
  expect((await ended).stderr).toContain("lost.yaml: there is no such file");
});

test("what the server does not have is told with the nearest that it has", async () => {
  const { command } = await startServer();
  expect(await command("flow", "get", "examples", "hello-wrld")).toMatchObject({
    exitCode: 1,
    stderr: 'the server has no flow examples.hello-wrld — did you mean "examples hello-world"?\n',
  });
  expect((await command("flow", "get", "examples", "nope")).stderr).toBe(
    "the server has no flow examples.nope — capstan flow list shows what it has\n",
  );
  expect(await command("flow", "get", "examples", "switch", "--revision", "9")).toMatchObject({
    exitCode: 1,
    stderr: "examples.switch has no revision 9 — its latest one is 1\n",
  });
  expect(await command("execution", "start", "examples", "switch", "-i", "sze=X")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('did you mean "size"?'),
  });
  expect(await command("execution", "start", "examples", "switch", "-i", "size=X")).toMatchObject({ exitCode: 2 });
  expect(await command("execution", "follow", "nope")).toMatchObject({
    exitCode: 1,
    stderr: "404 There is no execution nope — capstan execution list shows what the server has\n",
  });
});

test("a paused execution is resumed with what its pause asks for", async () => {
  const { command } = await startServer();
  const id = (await command("execution", "start", "examples", "wait-for-approval")).stdout.trim();
  const following = command("execution", "follow", id);
  expect(await command("execution", "resume", id, "--input", "reason=fine")).toMatchObject({ exitCode: 0 });
  expect(await following).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Approved: fine") });
  expect((await command("execution", "logs", id)).stdout).toMatch(/^\d{4}-.* INFO go: Approved: fine\n$/);
  expect((await command("execution", "list", "--since", "1h", "--state", "success")).stdout).toContain(id);
});

test("followed as JSON, an execution is printed once, when it has ended", async () => {
  const { command } = await startServer();
  const started = await command("execution", "start", "examples", "hello-world", "--follow", "--json");
  expect(started).toMatchObject({ exitCode: 0, stderr: "" });
  const { id, state } = JSON.parse(started.stdout) as { id: string; state: { current: string } };
  expect(state.current).toBe("SUCCESS");
  const followed = await command("execution", "follow", id, "--json");
  expect(JSON.parse(followed.stdout)).toMatchObject({ id, state: { current: "SUCCESS" } });
});

test("a second server on the same folder, or on the same port, is told what to do", async () => {
  const { path, url } = await startServer();
  const locked = await runCommand(["server", "--port", "0", "--data", path("data")]);
  expect(locked).toMatchObject({ exitCode: 1, stdout: "" });
  expect(locked.stderr).toMatch(/^store-locked Another process holds the database: .* folder of its own/);
  const port = new URL(url).port;
  const taken = await runCommand(["server", "--port", port, "--data", path("other")]);
  expect(taken).toMatchObject({ exitCode: 1, stdout: "" });
  expect(taken.stderr).toMatch(/taken — choose another one with --port\n$/);
});

test.each([
  ["file", "it is a file (EEXIST)"],
  ["file/below/it", "a part of the path is a file (ENOTDIR)"],
  ["dangling", "no folder can be made there (ENOENT)"],
  ["x".repeat(300), "the name is too long (ENAMETOOLONG)"],
])("the data folder %.20s is refused: %s", async (name, reason) => {
  const path = await temporaryFiles({ file: "" });
  await symlink(path("nowhere"), path("dangling"));
  expect(await runCommand(["server", "--data", path(name)])).toEqual({
    exitCode: 2,
    stdout: "",
    stderr: `the data folder "${path(name)}" can't be used: ${reason} — choose another one with --data or CAPSTAN_DATA\n`,
  });
});

test.skipIf(!existsSync("/proc/self"))("a place that takes no folders is refused at once", async () => {
  const { exitCode, stderr } = await runCommand(["server", "--data", "/proc/capstan/data"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('the data folder "/proc/capstan/data" can\'t be used: no folder can be made there (ENOENT)');
});

test("a data folder without a name is a mistake", async () => {
  const { exitCode, stderr } = await runCommand(["server", "--data", ""]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^the data folder "" can't be used: /);
});

test("a database that can't be used is told with its path and the remedy", async () => {
  const path = await temporaryFiles({ "capstan.db": "a letter, not a database. ".repeat(100) });
  const refused = () => runCommand(["server", "--port", "0", "--data", path(".")]);
  expect(await refused()).toMatchObject({ exitCode: 1, stdout: "" });
  expect((await refused()).stderr).toMatch(
    /^store-corrupt .*capstan\.db: file is not a database — .*another folder\.\n$/,
  );
  await rm(path("capstan.db"));
  await mkdir(path("capstan.db"));
  expect((await refused()).stderr).toMatch(/^store-io .*capstan\.db is a folder — Check .*\n$/);
});

test("an open network without a password is refused with the ways to set one", async () => {
  const path = await temporaryFiles();
  const { exitCode, stderr } = await runCommand(["server", "--host", "0.0.0.0", "--port", "0", "--data", path("data")]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("CAPSTAN_SERVER_BASIC_AUTH_PASSWORD");
});

test("a caller without the password is refused", async () => {
  const { url } = await startServer();
  const { exitCode, stderr } = await runCommand(["flow", "list", "--server", url]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^401 .*--user/);
  expect(await runCommand(["flow", "list", "--server", url, ...USER])).toMatchObject({ exitCode: 0 });
});

test("a token is as good as a password, and one that is given goes before that of the environment", async () => {
  const { url } = await startServer();
  const environment = { CAPSTAN_TOKEN: TOKEN };
  expect(await runCommand(["flow", "list", "--server", url], { environment })).toMatchObject({ exitCode: 0 });
  const wrong = await runCommand(["flow", "list", "--server", url, "--token", `${TOKEN}x`], { environment });
  expect(wrong).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("does not accept what was sent") });
  expect(wrong.stderr).not.toContain(TOKEN);
});

test("the configuration is explained with its origins, and passwords are masked", async () => {
  const environment = {
    CAPSTAN_SERVER_PORT: "9999",
    CAPSTAN_SERVER_BASIC_AUTH_PASSWORD: "secret-word",
    CAPSTAN_SERVER_API_TOKENS: TOKEN,
  };
  const { exitCode, stdout } = await runCommand(["config", "explain"], { environment });
  expect(exitCode).toBe(0);
  expect(stdout).toContain("server.port: 9999 (from CAPSTAN_SERVER_PORT)");
  expect(stdout).not.toContain("secret-word");
  expect(stdout).not.toContain(TOKEN);
});
