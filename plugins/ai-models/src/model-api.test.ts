import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { chatCompletion } from "./openai/chat-completion.ts";
import { chatCompletion as perplexity } from "./perplexity/chat-completion.ts";

const KEY = "sk-very-secret";

/** What the task comes to when the server answers so. */
async function asked(status: number, answer: string, properties: JsonMap = {}) {
  await using server = await startServer((_request, response) => response.writeHead(status).end(answer));
  await using world = createTestWorld();
  const outcome = await world.run(chatCompletion, {
    baseUrl: server.url,
    apiKey: KEY,
    model: "m",
    prompt: "Hi",
    ...properties,
  });
  return { ...outcome, message: outcome.message?.replaceAll(server.url, "http://server") };
}

const BUSY = "Give the task a `retry` with an interval that grows.";

test.each([
  [401, "Check the key: that it is complete, still valid, and may use this model."],
  [403, "Check the key: that it is complete, still valid, and may use this model."],
  [404, "Check the model, and the address if it was given."],
  [413, "Send less at once."],
  [429, `The limit of requests or tokens, or the credit, of the account is used up. ${BUSY}`],
  [500, `OpenAI is overloaded or out of order. ${BUSY}`],
  [529, `OpenAI is overloaded or out of order. ${BUSY}`],
])("a status %d says what to do, and not the key", async (status, advice) => {
  const { state, message } = await asked(status, '{"error": "no"}');
  expect(state).toBe("FAILED");
  expect(message).toBe(`OpenAI failed with status ${status} and the body: {"error": "no"} — ${advice}`);
});

test("a status whose remedy is in the answer shows the answer", async () => {
  expect((await asked(400, "no such parameter")).message).toBe(
    "OpenAI failed with status 400 and the body: no such parameter",
  );
});

test.each([
  [200, "<html>", /^OpenAI was answered by http:\/\/server\/chat\/completions with what is no JSON: <html>/],
  [200, "", /^OpenAI answered with what its API is not known to answer\. Check that the address is that of the API\.$/],
  [200, '{"error": "x"}', /not known to answer \(choices: .*\)\. Check that the address/],
  [200, '{"choices": []}', /not known to answer \(choices: /],
])("an answer %d with %j is none", async (status, answer, message) => {
  expect((await asked(status, answer)).message).toMatch(message);
});

test("a redirect is not followed: it could lead the key elsewhere", async () => {
  await using elsewhere = await startServer((_request, response) => response.end("{}"));
  await using server = await startServer((_request, response) =>
    response.writeHead(307, { location: elsewhere.url }).end(),
  );
  await using world = createTestWorld();
  const properties = { baseUrl: server.url, apiKey: KEY, model: "m", prompt: "Hi" };
  expect((await world.run(chatCompletion, properties)).state).toBe("FAILED");
  expect(elsewhere.received).toEqual([]);
});

test.each([0.05, 0.07])(
  "a server that takes longer than %d s fails the task, which says what to raise",
  async (seconds) => {
    await using server = await startServer((_request, response) => response.write("{"));
    await using world = createTestWorld();
    const properties = { baseUrl: server.url, apiKey: KEY, model: "m", prompt: "Hi", clientTimeout: seconds };
    expect((await world.run(chatCompletion, properties)).message).toMatch(
      /^OpenAI has not answered within 0\.0\d+ s\. Raise `clientTimeout`, or ask for less\.$/,
    );
  },
);

test("a server that nobody runs is told of without the key", async () => {
  const { url } = await (async () => {
    await using server = await startServer((_request, response) => response.end());
    return server;
  })();
  await using world = createTestWorld();
  const messages = [{ type: "USER", content: "Hi" }];
  const { message } = await world.run(perplexity, { baseUrl: url, apiKey: KEY, model: "m", messages });
  expect(message).toContain("the connection was refused");
  expect(message).not.toContain(KEY);
});
