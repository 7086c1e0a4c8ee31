import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { startProgram } from "./started-program.ts";

const SERVE =
  "require('node:http').createServer((_, answer) => answer.end('here')).listen(+process.argv[1], '127.0.0.1')";
const node = (source: string) => ({
  command: process.execPath,
  args: ({ port }: { readonly port: number }) => ["-e", source, String(port)],
  install: "nodejs.org",
});

test("a program serves until it is disposed of", async () => {
  const program = await startProgram(node(SERVE));
  const url = `http://127.0.0.1:${program.port}`;
  expect(await (await fetch(url)).text()).toBe("here");
  expect(existsSync(program.folder)).toBe(true);
  await program[Symbol.asyncDispose]();
  await expect(fetch(url)).rejects.toThrow("fetch failed");
  expect(existsSync(program.folder)).toBe(false);
});

test("a program that ends before it serves is shown with what it printed", async () => {
  await expect(startProgram(node("console.error('no port'); process.exit(1)"))).rejects.toThrow(
    `${process.execPath} does not start: no port`,
  );
});

test("a program that runs without serving is given up when its time is over", async () => {
  const waits = node("console.log('waiting'); setInterval(() => {}, 1_000)");
  await expect(startProgram({ ...waits, startMsMax: 1_000 })).rejects.toThrow(
    `${process.execPath} does not start within 1000 ms: waiting`,
  );
});

test("a program that is not there is named with what to install", async () => {
  await expect(startProgram({ ...node(SERVE), command: "no-such-program" })).rejects.toThrow(
    "no-such-program is not installed, which this test needs: nodejs.org",
  );
});
