import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { pythonWith } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { startCommand, temporaryFiles } from "../testing/run-command.ts";

const run = promisify(execFile);

/** The generated client leaves `regex` out of what it says it needs. */
const PACKAGES = ["kestra==2.0.0", "kestrapy==2.0.3", "regex"];
const USER = "ada@example.org";
const PASSWORD = "Secret-word-1";

test("the official Python clients do all they do against a server", async ({ skip }) => {
  let python = "";
  try {
    python = await pythonWith(PACKAGES);
  } catch (error) {
    skip(`Python with pip and a package registry is needed: ${(error as Error).message.split("\n")[0]}`);
  }
  const path = await temporaryFiles({
    "c.yaml": `server:\n  basicAuth: { username: ${USER}, password: ${PASSWORD} }\n`,
  });
  const server = startCommand(["server", "--port", "0", "--data", path("data"), "--config", path("c.yaml")]);
  const [, url = ""] = await server.printed(/capstan listens on (\S+)/);
  const script = join(import.meta.dirname, "kestra_clients.py");
  const { stdout } = await run(python, [script, url, USER, PASSWORD]);
  expect(stdout.trim().split("\n").at(-1)).toBe("done");
});
