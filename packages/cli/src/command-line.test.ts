import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { runCommand } from "./testing/run-command.ts";

test("help lists the commands and is no failure", async () => {
  const { exitCode, stdout } = await runCommand(["--help"]);
  expect(exitCode).toBe(0);
  for (const name of ["server", "run", "validate", "flow", "execution", "config"])
    expect(stdout).toContain(`  ${name} `);
});

test("an unknown command is a mistake, and the nearest one is named", async () => {
  const { exitCode, stdout, stderr } = await runCommand(["validte", "x"]);
  expect(exitCode).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain("Did you mean validate?");
  expect(stderr).not.toContain("error:");
});

test("an option of the wrong kind is a mistake", async () => {
  const { exitCode, stderr } = await runCommand(["server", "--port", "eighty"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("--port");
});

test("no server at the address is told with the way to name another", async () => {
  const { exitCode, stderr } = await runCommand(["flow", "list", "--server", "http://127.0.0.1:1"]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^no server answers at http:\/\/127\.0\.0\.1:1 .*CAPSTAN_SERVER\n$/);
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
