import { expect, test } from "vitest";
import { z } from "zod";
import { startServer } from "../test-kit.ts";
import { callVendor, pathPart, serverAddress } from "./vendor-api.ts";

async function called(status: number, body: string, headers: Record<string, string> = {}) {
  await using server = await startServer((_request, response) => response.writeHead(status, headers).end(body));
  const call = { what: "Creating", url: server.url, body: {}, answer: z.object({ id: z.int() }) };
  return await callVendor(AbortSignal.timeout(60_000), call).then(
    ({ value }) => value,
    (error: unknown) => (error as Error).message,
  );
}

test("the answer is kept whole", async () => {
  expect(await called(201, '{"id": 1, "more": true}')).toEqual({ id: 1, more: true });
});

test.each([
  [401, {}, "Check the credentials: that they are complete, still valid, and for this server."],
  [403, {}, "The credentials are valid, but may not do this. Give them the right to, or take others."],
  [429, { "retry-after": "30" }, "Too many requests. Give the task a `retry` with an interval of at least PT30S."],
  [503, {}, "The service is overloaded or out of order. Give the task a `retry` with an interval that grows."],
  [
    503,
    { "retry-after": "Fri, 01 Jan 2027 00:00:00 GMT" },
    "The service is overloaded or out of order. Give the task a `retry` with an interval that grows.",
  ],
])("a status %d with %j is told with what to do", async (status, headers, advice) => {
  expect(await called(status, "no", headers)).toBe(
    `Creating failed with status ${status} and the body: no — ${advice}`,
  );
});

test.each(["[]", '{"id": "one"}', ""])("an answer %j is no success", async (body) => {
  expect(await called(200, body)).toContain("was answered with what the API is not known to answer");
});

test.each([
  ["", "`sysId` is empty. Give it the name or id that is meant."],
  [" ", "`sysId` is empty. Give it the name or id that is meant."],
  ["..", '`sysId` is "..". Give it the name or id that is meant.'],
])("%j is no part of a path", (value, message) => {
  expect(() => pathPart("sysId", value)).toThrow(message);
});

test("a part of a path stays one part", () => {
  expect(pathPart("id", "a/../b?c")).toBe("a%2F..%2Fb%3Fc");
});

test.each([
  ["acme.zendesk.com", "https://acme.zendesk.com"],
  [" http://localhost:8080 ", "http://localhost:8080"],
])("the server %j is at %s", (written, address) => {
  expect(serverAddress(written)).toBe(address);
});
