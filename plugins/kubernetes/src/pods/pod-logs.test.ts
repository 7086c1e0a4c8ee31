import type { ServerResponse } from "node:http";
import { startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { connectCluster } from "../cluster/cluster.ts";
import { podLogs } from "./pod-logs.ts";

const NEVER = new AbortController().signal;
const POD = { metadata: { name: "p", namespace: "n" }, spec: { containers: [] } };
const at = (nanoseconds: string, text: string) => `2026-11-28T02:00:01.${nanoseconds}Z ${text}`;

type Answer = (response: ServerResponse) => void;
const whole =
  (...lines: readonly string[]): Answer =>
  (response) =>
    void response.end(lines.join("\n") + (lines.length > 0 ? "\n" : ""));

/** The lines of a log that is followed so many times, and then finished, from a server that answers one request after the other so. */
async function linesOf(answers: readonly Answer[], follows = 1) {
  const asked: string[] = [];
  const left = [...answers];
  await using server = await startServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://cluster");
    expect(pathname).toBe("/api/v1/namespaces/n/pods/p/log");
    asked.push(
      `${searchParams.get("follow") === "true" ? "follow" : "read"} ${searchParams.get("sinceTime") ?? "all"}`,
    );
    left.shift()?.(response);
  });
  const cluster = await connectCluster(async () => ({ server: server.url, tls: {}, headers: async () => ({}) }));
  const lines: string[] = [];
  const logs = podLogs(cluster, POD, "main", { onLine: (line) => void lines.push(line), pressure: () => undefined });
  for (let time = 0; time < follows; time += 1) await logs.follow(NEVER);
  await logs.finish(NEVER);
  return { lines, asked };
}

const cut =
  (text: string): Answer =>
  (response) =>
    response.write(text, () => response.destroy());

test("goes on where a reading broke off", async () => {
  const all = [at("100", "a"), at("200", "b"), at("300", "c")];
  const { lines, asked } = await linesOf([cut(`${all[0]}\n${all[1]}\n`), whole(...all)]);
  expect(lines).toEqual(["a", "b", "c"]);
  expect(asked).toEqual(["follow all", "read 2026-11-28T01:59:59.200Z"]);
});

test("the last reading is done again when it breaks off", async () => {
  const all = [at("100", "a"), at("200", "b")];
  expect((await linesOf([whole(all[0]!), cut(`${all[0]}\n`), cut(all.join("\n")), whole(...all)])).lines).toEqual([
    "a",
    "b",
  ]);
});

test("goes on in the middle of a line", async () => {
  const all = [at("1", "a"), at("2", "first half, second half"), at("2", "same time"), at("3", "c")];
  const upTo = (place: number) => cut(`${all.join("\n")}\n`.slice(0, place));
  const half = all.join("\n").indexOf("half,") + 3;
  for (let place = 1; place < 120; place += 1) {
    const { lines } = await linesOf([upTo(place), upTo(half), whole(...all)], 2);
    expect(lines).toEqual(["a", "first half, second half", "same time", "c"]);
  }
});

test("a last line without an end is one all the same", async () => {
  const open: Answer = (response) => void response.end(at("1", "no end"));
  expect((await linesOf([open, open])).lines).toEqual(["no end"]);
});

test("lines that stand in another order than their times come once", async () => {
  const first = [at("5", "out"), at("4", "error")];
  const { lines } = await linesOf([whole(...first), whole(...first, at("6", "late"))]);
  expect(lines).toEqual(["out", "error", "late"]);
});

test("lines of one time are counted", async () => {
  const all = ["a", "b", "c"].map((text) => at("7", text));
  expect((await linesOf([whole(all[0]!, all[1]!), whole(...all)])).lines).toEqual(["a", "b", "c"]);
  expect((await linesOf([whole(...all), whole(...all), whole(...all)], 2)).lines).toEqual(["a", "b", "c"]);
});

test("empty lines, and lines that come in pieces, stay what they are", async () => {
  const pieces: Answer = (response) => {
    const bytes = Buffer.from(`${at("1", "")}\n${at("2", "größe")}\n${at("3", "end")}\n`);
    for (let begin = 0; begin < bytes.length; begin += 7) response.write(bytes.subarray(begin, begin + 7));
    response.end();
  };
  expect((await linesOf([pieces, whole()])).lines).toEqual(["", "größe", "end"]);
});

test("the rest of a line that began before the time from which is read is no line", async () => {
  const rest = at("3", "rest of b");
  const { lines } = await linesOf([
    whole(at("1", "a"), at("2", "b, rest of b"), at("4", "c")),
    whole(rest, at("4", "c"), at("5", "d")),
  ]);
  expect(lines).toEqual(["a", "b, rest of b", "c", "d"]);
});

test("what is new comes also when the lines before it are gone", async () => {
  const { lines } = await linesOf([whole(at("1", "a"), at("2", "b")), whole(at("5", "e"), at("4", "d"), at("6", "f"))]);
  expect(lines).toEqual(["a", "b", "e", "d", "f"]);
});

test("what the node says in place of a log is no line of it", async () => {
  const gone = "unable to retrieve container logs for containerd://abc";
  expect((await linesOf([whole(at("1", "a")), whole(gone)])).lines).toEqual(["a"]);
});

test.each([400, 404])("a container that has no log, told by the status %i, has no lines", async (status) => {
  const refused: Answer = (response) => void response.writeHead(status).end("{}");
  expect((await linesOf([refused, refused])).lines).toEqual([]);
});

test("many lines are told apart only as far back as they may come again", async () => {
  const many = Array.from({ length: 5_000 }, (_, index) => {
    const time = new Date(Date.UTC(2_026, 0, 1) + index * 10).toISOString();
    return `${time} ${index}`;
  });
  const { lines } = await linesOf([whole(...many), whole(...many.slice(-150))]);
  expect(lines).toEqual(many.map((_, index) => String(index)));
});

test("is read to its end while nobody takes the lines, since nodes drop what is not read", async () => {
  const relief = Promise.withResolvers<void>();
  const sent = Promise.withResolvers<void>();
  const lines = 100_000;
  const log = Array.from({ length: lines }, (_, index) => at(String(100_000 + index), `${index} ${"x".repeat(60)}`));
  let asked = 0;
  await using server = await startServer((_request, response) => {
    asked += 1;
    response.once("finish", sent.resolve).end(asked === 1 ? `${log.join("\n")}\n` : "");
  });
  const cluster = await connectCluster(async () => ({ server: server.url, tls: {}, headers: async () => ({}) }));
  const taken: string[] = [];
  const logs = podLogs(cluster, POD, "main", {
    onLine: (line) => void taken.push(line),
    pressure: () => relief.promise,
  });
  const following = logs.follow(NEVER);
  await sent.promise;
  await following;
  expect(taken.length).toBeLessThan(lines);
  relief.resolve();
  await logs.finish(NEVER);
  expect(taken).toHaveLength(lines);
});
