import { startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { connectEngine } from "../engine/engine.ts";
import { containerLogs } from "./container-logs.ts";

const SECOND = "2026-11-28T02:00:01";
const NEVER = new AbortController().signal;

/** A piece as an engine sends it. */
function piece(stream: 1 | 2, nanoseconds: string, text: string): Buffer {
  const content = Buffer.from(`${SECOND}.${nanoseconds}Z ${text}`);
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

async function linesOf(followed: readonly Buffer[], whole: readonly Buffer[]) {
  const asked: string[] = [];
  await using server = await startServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://engine");
    const since = searchParams.get("since");
    const streams = ["stdout", "stderr"].filter((name) => searchParams.get(name) === "true");
    asked.push([...streams, since ?? "all"].join(" "));
    const isFollowed = searchParams.get("follow") !== null;
    const wanted = `${SECOND}.${since?.split(".")[1] ?? ""}Z`;
    const ofStreams = whole.filter((each) => streams.includes(each[0] === 2 ? "stderr" : "stdout"));
    // As an engine does: pieces of that very time are among them.
    const later = ofStreams.filter((each) => since === null || each.toString("latin1", 8, 38) >= wanted);
    response.end(Buffer.concat(isFollowed ? [...followed] : later));
  });
  const lines: string[] = [];
  const logs = containerLogs(connectEngine(server.url), "abc", {
    onLine: (stream, line) => void lines.push(`${stream}: ${line}`),
    pressure: () => undefined,
  });
  await logs.follow(NEVER);
  await logs.finish(NEVER);
  return { lines, asked };
}

test("what the engine did not send before it told the end is read after it", async () => {
  const early = [piece(1, "000000001", "one\n"), piece(1, "000000007", "tw")];
  const late = [piece(2, "000000007", "error\n"), piece(1, "000000009", "o")];
  const { lines, asked } = await linesOf(early, [...early, ...late]);
  expect(lines).toEqual(["stdout: one", "stdout: two", "stderr: error"]);
  const since = `${Date.parse(`${SECOND}Z`) / 1_000}.000000007`;
  expect(asked).toEqual(["stdout stderr all", `stdout ${since}`, "stderr all"]);
});

test("nothing is handed out twice, also of what came at one time", async () => {
  const all = ["a\n", "b\n", "c\n"].map((text) => piece(1, "000000005", text));
  expect((await linesOf(all, all)).lines).toEqual(["stdout: a", "stdout: b", "stdout: c"]);
  expect((await linesOf(all.slice(0, 2), all)).lines).toEqual(["stdout: a", "stdout: b", "stdout: c"]);
});

test("nothing is handed out twice or left out when an engine writes the streams in another order than their times", async () => {
  const [out, error, late] = [
    piece(1, "000000005", "out\n"),
    piece(2, "000000004", "error\n"),
    piece(1, "000000006", "late\n"),
  ];
  const all = ["stdout: out", "stderr: error", "stdout: late"];
  expect((await linesOf([out, error, late], [out, error, late])).lines).toEqual(all);
  expect((await linesOf([out, error], [out, error, late])).lines).toEqual(all);
  expect((await linesOf([out], [out, error])).lines).toEqual(all.slice(0, 2));
});

test("a container that wrote nothing while it was followed is read whole", async () => {
  expect((await linesOf([], [piece(1, "000000001", "late\n")])).lines).toEqual(["stdout: late"]);
  expect((await linesOf([], [])).lines).toEqual([]);
});
