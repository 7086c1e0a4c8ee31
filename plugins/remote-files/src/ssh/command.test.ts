import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, type TestOptions } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPasswordServer } from "../testing/password-server.ts";
import { type SftpServer, startSftpServer } from "../testing/sftp-server.ts";
import { command } from "./command.ts";

let server: SftpServer;

beforeAll(async () => {
  server = await startSftpServer();
}, 60_000);
afterAll(() => server[Symbol.asyncDispose]());

function worldOf(options: TestOptions = {}) {
  const world = createTestWorld(options);
  const { host, port, username, keyfile } = server.connection;
  const connection = { host, port, username, privateKey: keyfile, authMethod: "PUBLIC_KEY" } as JsonMap;
  const { knownHosts } = server;
  return { world, run: (properties: JsonMap) => world.run(command, { ...connection, knownHosts, ...properties }) };
}

test("commands share a shell, what they print is logged, and notices are outputs", async () => {
  const { run, world } = worldOf();
  const commands = [
    "X=1",
    'echo "x is $X"',
    "echo problem >&2",
    `echo '::{"outputs": {"rows": 3}, "metrics": [{"name": "read", "type": "counter", "value": 2}]}::'`,
  ];
  expect(await run({ commands })).toEqual({
    state: "SUCCESS",
    message: undefined,
    outputs: { exitCode: 0, vars: { rows: 3 } },
  });
  expect(world.logs).toContainEqual({ level: "INFO", message: "x is 1" });
  expect(world.logs).toContainEqual({ level: "ERROR", message: "problem" });
  expect(world.metrics).toEqual([{ name: "read", type: "counter", value: 2 }]);
});

test("one command may be text alone", async () => {
  expect((await worldOf().run({ commands: "true" })).state).toBe("SUCCESS");
});

test.each([
  { commands: ["false", "exit 3"], code: 3, message: /^The commands ended with exit code 3\.$/ },
  { commands: ["set -e", "false", "exit 3"], code: 1, message: /^The commands ended with exit code 1\.$/ },
  { commands: ["kill -TERM $$"], code: -1, message: /^The commands were ended by the signal SIGTERM\.$/ },
])("$commands fail the task, with their exit code", async ({ commands, code, message }) => {
  const { state, outputs, message: said } = await worldOf().run({ commands });
  expect([state, outputs]).toEqual(["FAILED", { exitCode: code, vars: {} }]);
  expect(said).toMatch(message);
});

test("environment variables that the server accepts", async () => {
  const { run, world } = worldOf();
  await run({ commands: ['echo "<$CAPSTAN_WORD> <$OTHER>"'], env: { CAPSTAN_WORD: "it's", OTHER: "x" } });
  expect(world.logs).toContainEqual({ level: "INFO", message: "<it's> <>" });
});

test("many megabytes of output are logged", async () => {
  const { run, world } = worldOf();
  await run({ commands: ["seq 200000"] });
  expect(world.logs).toHaveLength(200_000);
  expect(world.logs.at(-1)).toEqual({ level: "INFO", message: "200000" });
});

test("a line without end is broken", async () => {
  const { run, world } = worldOf();
  await run({ commands: ["head -c 5000000 /dev/zero | tr '\\\\0' x"] });
  expect(world.logs.length).toBeGreaterThan(1);
  expect(world.logs.reduce((sum, { message }) => sum + message.length, 0)).toBe(5_000_000);
});

test("a kill ends the commands", async () => {
  const kill = new AbortController();
  const { run, world } = worldOf({ signal: kill.signal });
  const pidFile = join(await world.workingDirectory(), "pid");
  const running = run({ commands: [`echo $$ > ${pidFile}.new`, `mv ${pidFile}.new ${pidFile}`, "sleep 1000"] });
  await expect.poll(() => existsSync(pidFile), { timeout: 30_000 }).toBe(true);
  const pid = readFileSync(pidFile, "utf8").trim();
  kill.abort(new Error("killed by the test"));
  expect((await running).message).toBe("killed by the test");
  // OpenSSH sends no signals for root, who is let in without a second process that could.
  if (process.getuid?.() === 0) process.kill(Number(pid), "SIGKILL");
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 30_000 }).toBe(false);
});

describe("what is wrong is told", () => {
  test.each([
    { properties: { authMethod: "OPEN_SSH" }, message: /is not supported: take PUBLIC_KEY/ },
    { properties: { authMethod: "PASSWORD" }, message: /^`authMethod: PASSWORD` needs `password`\.$/ },
    { properties: { privateKey: undefined! }, message: /^`authMethod: PUBLIC_KEY` needs `privateKey`\.$/ },
    { properties: { proxyCommand: "nc" }, message: /^Proxies are not supported for SSH/ },
    { properties: { strictHostKeyChecking: "yes", knownHosts: undefined! }, message: /needs `knownHosts`/ },
    { properties: { knownHosts: "x ssh-ed25519 AAAA" }, message: /^No line of `knownHosts` is about/ },
    { properties: { port: "1", knownHosts: undefined! }, message: /^The connection to 127\.0\.0\.1:1 failed: / },
    { properties: { username: "nobody-here" }, message: /Check the name, and the password or key\.$/ },
  ])("$properties", async ({ properties, message }) => {
    expect((await worldOf().run({ commands: ["true"], ...properties })).message).toMatch(message);
  });

  test("a server that runs no commands", async () => {
    const { port } = await startPasswordServer("password", "right-word");
    const properties = { port, authMethod: "PASSWORD", password: "right-word", knownHosts: undefined! };
    const { message } = await worldOf().run({ commands: ["true"], ...properties });
    expect(message).toMatch(/^The (?:server runs no commands|connection was lost)/);
  });
});
