import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, runCommand, startCommand, temporaryFiles } from "../testing/run-command.ts";

test("a start that is repeated with its key is the execution of the first time", async () => {
  const path = await temporaryFiles();
  const flows = join(ROOT, "examples");
  const server = startCommand(["server", "--port", "0", "--data", path("data"), "--flows", flows]);
  const [, url = ""] = await server.printed(/capstan listens on (\S+)/);
  const start = (...words: string[]) =>
    runCommand(["execution", "start", "examples", "hello-world", ...words], { environment: { CAPSTAN_SERVER: url } });

  const first = await start("--idempotency-key", "order-4711");
  expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\w{16,}\n$/) });
  expect(await start("--idempotency-key", "order-4711")).toEqual(first);
  expect((await start("--idempotency-key", "order-4712")).stdout).not.toBe(first.stdout);
  const followed = await start("--idempotency-key", "order-4711", "--follow", "--json");
  expect(JSON.parse(followed.stdout)).toMatchObject({ id: first.stdout.trim(), state: { current: "SUCCESS" } });
  expect(await start("--idempotency-key", "order-4711", "--label", "a=b")).toMatchObject({
    exitCode: 2,
    stdout: "",
    stderr: expect.stringContaining("this Idempotency-Key was sent before with another request"),
  });
});
