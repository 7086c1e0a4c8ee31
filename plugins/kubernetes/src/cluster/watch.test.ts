import type { IncomingMessage, ServerResponse } from "node:http";
import { startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { connectCluster } from "./cluster.ts";
import { type Change, watch } from "./watch.ts";

interface Named {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
}

const line = (type: string, name: string, resourceVersion: string) =>
  `${JSON.stringify({ type, object: { metadata: { name, resourceVersion } } })}\n`;

type Answer = (response: ServerResponse, query: URLSearchParams) => void;

const list =
  (resourceVersion: string, ...names: readonly string[]): Answer =>
  (response) =>
    void response.end(
      JSON.stringify({ metadata: { resourceVersion }, items: names.map((name) => ({ metadata: { name } })) }),
    );

/** What is seen of an API server that answers one request after the other so, up to so many changes; and what it was asked. */
async function seen(answers: readonly Answer[], count: number) {
  const asked: string[] = [];
  const left = [...answers];
  await using server = await startServer((request: IncomingMessage, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://cluster");
    asked.push(searchParams.has("watch") ? `watch ${searchParams.get("resourceVersion")}` : "list");
    left.shift()?.(response, searchParams);
  });
  const cluster = await connectCluster(async () => ({ server: server.url, tls: {}, headers: async () => ({}) }));
  const end = new AbortController();
  const changes: string[] = [];
  const shown = (change: Change<Named>) =>
    change.type === "LISTED"
      ? `LISTED ${change.items.map(({ metadata }) => metadata.name).join(",")}`
      : `${change.type} ${change.item.metadata.name}`;
  for await (const change of watch<Named>(cluster, "/api/v1/pods", {}, end.signal)) {
    changes.push(shown(change));
    if (changes.length === count) break;
  }
  end.abort();
  return { changes, asked };
}

test("lists, and then follows from there, however the lines are cut", async () => {
  const both = line("ADDED", "ä", "6") + line("MODIFIED", "ä", "7");
  const bytes = Buffer.from(both);
  const watched: Answer = (response) => {
    response.write(bytes.subarray(0, 50));
    response.write(bytes.subarray(50, 61));
    response.end(bytes.subarray(61));
  };
  const { changes, asked } = await seen([list("5", "a", "b"), watched], 3);
  expect(changes).toEqual(["LISTED a,b", "ADDED ä", "MODIFIED ä"]);
  expect(asked).toEqual(["list", "watch 5"]);
});

test("goes on where it was when a watch ends or breaks off, bookmarks included", async () => {
  const bookmark: Answer = (response) => void response.end(line("ADDED", "a", "6") + line("BOOKMARK", "", "9"));
  const broken: Answer = (response) => response.write(line("DELETED", "a", "10"), () => response.destroy());
  const { changes, asked } = await seen([list("5"), bookmark, broken, (r) => void r.end(line("ADDED", "b", "11"))], 4);
  expect(changes).toEqual(["LISTED ", "ADDED a", "DELETED a", "ADDED b"]);
  expect(asked).toEqual(["list", "watch 5", "watch 9", "watch 10"]);
});

test.each([
  [
    "in the stream",
    (response: ServerResponse) => void response.end('{"type":"ERROR","object":{"metadata":{},"code":410}}\n'),
  ],
  [
    "as the answer",
    (response: ServerResponse) => void response.writeHead(410).end('{"reason":"Expired","message":"too old"}'),
  ],
])("lists anew when its place is forgotten, told %s", async (_name, forgotten) => {
  const { changes, asked } = await seen(
    [list("5", "a"), forgotten, list("8", "b"), (r) => void r.end(line("ADDED", "c", "9"))],
    3,
  );
  expect(changes).toEqual(["LISTED a", "LISTED b", "ADDED c"]);
  expect(asked).toEqual(["list", "watch 5", "list", "watch 8"]);
});

test("waits for a server that asks to be left alone", async () => {
  const busy: Answer = (response) => void response.writeHead(429, { "retry-after": "0" }).end("{}");
  const { changes } = await seen([busy, list("5", "a")], 1);
  expect(changes).toEqual(["LISTED a"]);
});

test("ends with a refusal that no patience helps", async () => {
  const refused: Answer = (response) => void response.writeHead(403).end('{"message":"pods is forbidden"}');
  await expect(seen([refused], 1)).rejects.toThrow(
    "the cluster says: pods is forbidden (who asks has no right to it: give the account a role)",
  );
});
