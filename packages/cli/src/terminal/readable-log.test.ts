import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { readableLog } from "./readable-log.ts";

test("an entry is one line with its message and its fields", () => {
  const stream = new PassThrough({ encoding: "utf8" });
  const entry = { level: 40, time: Date.now(), pid: 1, hostname: "h", msg: "flow left out", file: "a.yaml", n: [1] };
  readableLog(stream).write(`${JSON.stringify(entry)}\n`);
  expect(stream.read()).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d WARN flow left out file=a\.yaml n=\[1\]\n$/);
});

test("an error is told with its stack", () => {
  const stream = new PassThrough({ encoding: "utf8" });
  readableLog(stream).write(JSON.stringify({ level: 50, time: 0, msg: "m", err: { stack: "Error: x\n  at y" } }));
  expect(stream.read()).toMatch(/ ERROR m\nError: x\n {2}at y\n$/);
});
