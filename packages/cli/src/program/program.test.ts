import { existsSync } from "node:fs";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { loadConfiguration } from "../configuration.ts";
import { createProgram } from "./program.ts";
import { runCommand, startCommand } from "../testing/run-command.ts";

test("help lists the commands and is no failure", async () => {
  const { exitCode, stdout } = await runCommand(["--help"]);
  expect(exitCode).toBe(0);
  for (const name of ["server", "run", "validate", "plugin", "flow", "execution", "trigger", "config"])
    expect(stdout).toContain(`  ${name} `);
});

test("an unknown command is a mistake, and the nearest one is named", async () => {
  const { exitCode, stdout, stderr } = await runCommand(["validte", "x"]);
  expect(exitCode).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain("Did you mean validate?");
  expect(stderr).not.toContain("error:");
});

test.each(commandsOf(createProgram(() => undefined)))("%s has help with an example of itself", (words, command) => {
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  expect(help).toContain(`\n  capstan ${words}`);
  expect(help).toMatch(/\nExit code: 0 /);
  for (const argument of command.registeredArguments) expect(argument.description, argument.name()).not.toBe("");
});

test("the help of a server tells the defaults of its settings", async () => {
  const { stdout } = await runCommand(["server", "--help"]);
  const { configuration } = loadConfiguration(undefined, {});
  for (const value of [configuration.server.host, configuration.server.port, configuration.data])
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(new RegExp(`${String(value).replaceAll(".", "[.]")} by default`));
});

function commandsOf(command: Command, words: readonly string[] = []): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[words.join(" "), command]];
  return command.commands.flatMap((child) => commandsOf(child, [...words, child.name()]));
}

test("a reader that stops reading is no failure of the command's own", async () => {
  const { child, ended } = startCommand(["config", "explain"]);
  child.stdout.destroy();
  expect(await ended).toMatchObject({ exitCode: 141, stderr: "" });
});

test("an option of the wrong kind is a mistake", async () => {
  const { exitCode, stderr } = await runCommand(["server", "--port", "eighty"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("--port");
});

test.each([
  ["server --port 99999", "from 0 to 65535"],
  ["execution list --limit 0", "from 1 to 10000"],
  ["flow get company.team hello --revision 0", "of 1 or more"],
])("%s is a mistake that tells the range", async (words, range) => {
  const { exitCode, stderr } = await runCommand(words.split(" "));
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`It must be a whole number ${range}.\n`);
});

test("no server at the address is told with the way to name another", async () => {
  const { exitCode, stderr } = await runCommand(["flow", "list", "--server", "http://127.0.0.1:1"]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^no server answers at http:\/\/127\.0\.0\.1:1 .*CAPSTAN_SERVER\n$/);
});

test("two ways to show who calls are one too many", async () => {
  const { exitCode, stderr } = await runCommand(["flow", "list", "--user", "a:b", "--token", "t"]);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: "--user and --token are two ways to show who calls — give one of them\n",
  });
});

test("a misspelt variable of a client is told with the nearest name", async () => {
  const environment = { CAPSTAN_SEVER: "http://127.0.0.1:1", CAPSTAN_FLEET: "x", CAPSTAN_SERVER: "http://127.0.0.1:1" };
  const { stderr } = await runCommand(["flow", "list"], { environment });
  expect(stderr).toMatch(
    /^the environment variable CAPSTAN_SEVER sets nothing — did you mean CAPSTAN_SERVER\?\nno server answers at /,
  );
});

test.each([
  ["--server", "http://ada:secret-word@127.0.0.1:1", "an address holds no credential"],
  ["--server", "ftp://ada:secret-word@127.0.0.1:1", "not the address of a server"],
  ["--token", "secret-word\nsecret-word", "a token is letters"],
])("a credential in a wrong %s is refused, and not shown", async (option, value, reason) => {
  const { exitCode, stderr } = await runCommand(["flow", "list", option, value]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(reason);
  expect(stderr).not.toContain("secret-word");
});

test.each(["", ".", ".."])("%j is no id, and leads to no other path", async (id) => {
  const { exitCode, stderr } = await runCommand(["execution", "restart", id, "--server", "http://127.0.0.1:1"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: `"${id}": no id and no namespace is written so\n` });
});

test("an address that is none is a mistake", async () => {
  const { exitCode, stderr } = await runCommand(["flow", "list"], { environment: { CAPSTAN_SERVER: "nowhere" } });
  expect(exitCode).toBe(2);
  expect(stderr).toContain("nowhere: not the address of a server");
});

const SYSTEM_NODE = "/usr/bin/node";
test.skipIf(!existsSync(SYSTEM_NODE))("the machine's own Node, however old, starts the command", async () => {
  const { exitCode, stdout } = await runCommand(["--version"], { node: SYSTEM_NODE });
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "0.1.0\n" });
});
