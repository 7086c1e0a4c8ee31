import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { sentryAlert } from "./alert.ts";

/** What Sentry gets for these properties, below its address and as a project of the DSN. */
async function sent(properties: JsonMap) {
  await using server = await startServer((_request, response) => response.end("{}"));
  await using world = createTestWorld({ now: () => 0 });
  const dsn = `${server.url.replace("//", "//key1:old@")}/base/42`;
  const { state, message } = await world.run(sentryAlert, { dsn, ...properties });
  const [request] = server.received;
  return { state, message, request };
}

const PAYLOAD = { message: { formatted: "it failed" } };
const EVENT = { ...PAYLOAD, event_id: expect.stringMatching(/^[\da-f]{32}$/), timestamp: "1970-01-01T00:00:00.000Z" };
const AUTH = "Sentry sentry_version=7, sentry_client=capstan, sentry_key=key1";

test("an event is sent in an envelope", async () => {
  const { request } = await sent({ payload: JSON.stringify(PAYLOAD) });
  expect(request).toMatchObject({ method: "POST", url: "/base/api/42/envelope/" });
  expect(request?.headers).toMatchObject({ "content-type": "application/x-sentry-envelope", "x-sentry-auth": AUTH });
  const [head, kind, event] = request!.body.split("\n").map((line) => JSON.parse(line) as JsonMap);
  expect([kind, event]).toEqual([{ type: "event" }, EVENT]);
  expect(head).toEqual({ event_id: event!["event_id"] });
});

test("an event is sent to the older API, with the id that it has", async () => {
  const { request } = await sent({ endpointType: "STORE", payload: { ...PAYLOAD, event_id: "e".repeat(32) } });
  expect(request).toMatchObject({ url: "/base/api/42/store/", headers: { "x-sentry-auth": AUTH } });
  expect(JSON.parse(request!.body)).toEqual({ ...EVENT, event_id: "e".repeat(32) });
});

test.each<readonly [JsonMap, string]>([
  [{}, "There is no event: give `payload`, the JSON that Sentry takes."],
  [{ payload: "[1]" }, "`payload` is no event: give a JSON object"],
  [{ payload: "{" }, "`payload` is no JSON"],
  ...["https://sentry.example/42", "https://key@sentry.example/", "key@sentry.example/42", "ftp://key@h/42"].map(
    (dsn): readonly [JsonMap, string] => [{ payload: "{}", dsn }, "`dsn` is none of Sentry. Copy it"],
  ),
])("%j is refused", async (properties, message) => {
  const outcome = await sent(properties);
  expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringContaining(message), request: undefined });
  expect(outcome.message).not.toContain("sentry.example");
});
