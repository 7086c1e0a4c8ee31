import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import plugin from "./index.ts";
import { incomingWebhook } from "./incoming-webhook.ts";
import { SERVICES } from "./services.ts";

const ok = () => startServer((_request, response) => response.end("ok"));

describe.each(SERVICES)("$name", (service) => {
  const task = incomingWebhook(service);

  test("is posted the JSON that was written, as a text or as a map", async () => {
    await using server = await ok();
    await using world = createTestWorld({ variables: { n: 7 } });
    const url = `${server.url}/hooks/T0/B0?threadKey=k`;
    await world.run(task, { url, payload: '{"text": "n is {{ n }}"}' });
    const outcome = await world.run(task, { url, payload: { text: "n is {{ n }}" } });
    expect(outcome.state).toBe("SUCCESS");
    const posted = { method: "POST", url: "/hooks/T0/B0?threadKey=k", headers: { "content-type": "application/json" } };
    expect(server.received).toMatchObject([posted, posted]);
    expect(server.received.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { text: "n is 7" },
      { text: "n is 7" },
    ]);
  });

  test("refuses, and the task says why, without the address", async () => {
    await using server = await startServer((_request, response) => {
      response.statusCode = 404;
      response.end("no_service");
    });
    await using world = createTestWorld();
    const outcome = await world.run(task, { url: `${server.url}/hooks/T0/B0`, payload: "{}" });
    expect(outcome).toMatchObject({
      state: "FAILED",
      message: `Posting to ${service.name} failed with status 404 and the body: no_service`,
    });
    expect(world.masked).toContain("/hooks/T0/B0");
  });

  test.each([
    [undefined, /^There is no message: give `payload`/],
    ['{"text": "{{ quote }}"}', /^`payload` is no JSON: .*Write values in it as \{\{ value \| toJson \}\}/],
  ])("is posted nothing for the payload %s", async (payload, message) => {
    await using server = await ok();
    await using world = createTestWorld({ variables: { quote: 'said "no"' } });
    const outcome = await world.run(task, { url: server.url, ...(payload !== undefined && { payload }) });
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringMatching(message) });
    expect(server.received).toEqual([]);
  });
});

test("a server that is silent for longer than it may be fails the task", async () => {
  await using server = await startServer(() => undefined);
  await using world = createTestWorld();
  const options = { readTimeout: "PT0.05S" };
  const outcome = await world.run(incomingWebhook(SERVICES[0]!), { url: server.url, payload: "{}", options });
  expect(outcome.message).toContain("the server was silent for 50 ms");
});

test("Opsgenie is given its key, with the word before it or without, and further headers", async () => {
  await using server = await ok();
  await using world = createTestWorld();
  const task = incomingWebhook(SERVICES.find(({ name }) => name === "Opsgenie")!);
  const common = { url: server.url, payload: "{}", options: { headers: { "X-Team": "a" } } };
  for (const authorizationToken of ["k1", "GenieKey k1"]) await world.run(task, { ...common, authorizationToken });
  await world.run(task, common);
  expect(server.received.map(({ headers }) => [headers.authorization, headers["x-team"]])).toEqual([
    ["GenieKey k1", "a"],
    ["GenieKey k1", "a"],
    [undefined, "a"],
  ]);
});

test("each type has its older name below `notifications` as well", () => {
  for (const { type, aliases = [] } of plugin.definitions) {
    // QQ, SMS and MMS came after that name was given up.
    if (/\.(?:tencent|sms|mms)\./.test(type)) continue;
    const name = type.split(".").at(-1)!;
    expect(aliases).toContainEqual(
      expect.stringMatching(new RegExp(`^io\\.kestra\\.plugin\\.notifications\\.\\w+\\.${name}$`)),
    );
  }
});
