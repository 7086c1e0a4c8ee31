import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { WEIGHT_MAX, xExecution } from "./execution.ts";
import { oauthHeader } from "./oauth.ts";

const START = Date.parse("2026-03-01T10:00:00Z");
const KEYS = { consumerKey: "ck", consumerSecret: "cs", accessToken: "at", accessSecret: "as" };

async function run(properties: JsonMap) {
  await using server = await startServer((_request, response) => response.writeHead(201).end("{}"));
  await using world = createTestWorld({ now: () => START });
  world.executions.stored = [
    { id: "e1", namespace: "company", flowId: "nightly", state: "FAILED", startDate: START, endDate: START + 1_000 },
  ];
  const outcome = await world.run(xExecution, { url: `${server.url}/2/tweets`, executionId: "e1", ...properties });
  const [request] = server.received;
  const body = request === undefined ? undefined : (JSON.parse(request.body) as { text: string });
  return { ...outcome, authorization: request?.headers.authorization, text: body?.text };
}

test("a post tells of an execution", async () => {
  const { state, authorization, text } = await run({ bearerToken: " token " });
  expect([state, authorization]).toEqual(["SUCCESS", "Bearer token"]);
  expect(text).toBe("company.nightly FAILED\nExecution: e1\nStarted: 2026-03-01T10:00:00.000Z\nDuration: PT1S");
});

test.each([
  ["a".repeat(WEIGHT_MAX), "a".repeat(WEIGHT_MAX)],
  ["a".repeat(WEIGHT_MAX + 1), `${"a".repeat(WEIGHT_MAX - 2)}…`],
  ["語".repeat(WEIGHT_MAX / 2), "語".repeat(WEIGHT_MAX / 2)],
  ["語".repeat(WEIGHT_MAX / 2 + 1), `${"語".repeat(WEIGHT_MAX / 2 - 1)}…`],
  ["🚀".repeat(WEIGHT_MAX), `${"🚀".repeat(WEIGHT_MAX / 2 - 1)}…`],
])("a text of its own is as long as X takes it", async (textBody, expected) => {
  expect((await run({ bearerToken: "t", textBody })).text).toBe(expected);
});

test("a request may be signed", async () => {
  const { state, authorization } = await run(KEYS);
  expect(state).toBe("SUCCESS");
  expect(authorization).toMatch(
    /^OAuth oauth_consumer_key="ck", oauth_nonce="[\da-f]{32}", oauth_signature="[^"]+%3D", oauth_signature_method="HMAC-SHA1", oauth_timestamp="\d+", oauth_token="at", oauth_version="1\.0"$/,
  );
});

test.each([{}, { bearerToken: "" }, { ...KEYS, accessSecret: " " }])("with %j nobody posts", async (credentials) => {
  const { message, text } = await run(credentials);
  expect(message).toContain("X wants to know who posts: give `bearerToken`, or all of");
  expect(text).toBeUndefined();
});

test("a signature is that of the example of OAuth Core 1.0", () => {
  const keys = {
    consumerKey: "dpf43f3p2l4k3l03",
    consumerSecret: "kd94hf93k423kf44",
    accessToken: "nnch734d00sl2jdk",
    accessSecret: "pfkkdhi9sl3r4s00",
  };
  const request = { method: "GET", nonce: "kllo9940pd9333jh", timestamp: 1_191_242_096 };
  const signature = 'oauth_signature="tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D"';
  const query = "file=vacation.jpg&size=original";
  expect(oauthHeader(keys, { ...request, url: `http://photos.example.net/photos?${query}` })).toContain(signature);
});
