import { createTestWorld, type TestRenderer, startServer } from "@capstan/sdk/test-kit";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { readEvents } from "./event-stream.ts";
import { sseRequest } from "./sse-request.ts";

const STREAM =
  'id: 1\nevent: greeting\ndata: {"text":"Hel"}\n\n: a comment\n\ndata: {"text":"lo"}\n\ndata: {"other":1}\n\n';

/** Stands in for the language's `jq`: knows `.text` only. */
const renderer: TestRenderer = {
  render: (source) => source,
  evaluate: (value, extra) =>
    extra?.["eventExpression"] === ".text" ? ((extra["eventData"] as { text?: string }).text ?? null) : value,
};

test("events are read field by field", async () => {
  const lines = ["data: one\r\ndata:two\r\n\r\n", "event: e\nid: 5\ndata\n\nevent: without data\n\ndata: last"];
  expect(await Array.fromAsync(readEvents(Readable.from(lines)))).toEqual([
    { data: "one\ntwo" },
    { event: "e", id: "5", data: "" },
    { data: "last" },
  ]);
});

test("events are outputs and records of a file", async () => {
  await using server = await startServer((_request, response) => response.end(STREAM));
  await using world = createTestWorld();
  const { outputs } = await world.run(sseRequest, { uri: server.url, method: "POST", body: "{}" });
  expect(server.received[0]).toMatchObject({ method: "POST", headers: { accept: "text/event-stream" } });
  expect(outputs).toMatchObject({
    size: 3,
    events: [{ id: "1", event: "greeting", data: { text: "Hel" } }, { data: { text: "lo" } }, { data: { other: 1 } }],
  });
  expect((await world.files.text(String(outputs?.["uri"]))).trimEnd().split("\n")).toHaveLength(3);
});

test("an expression joins a part of each event", async () => {
  await using server = await startServer((_request, response) => response.end(STREAM));
  await using world = createTestWorld({ renderer });
  const properties = { uri: server.url, concatJqExpression: ".text" };
  const joined = await world.run(sseRequest, { ...properties, failedOnMissingJq: false });
  expect(joined.outputs).toMatchObject({ size: 3, result: "Hello" });
  expect((await world.run(sseRequest, properties)).message).toContain("The expression found nothing");
});
