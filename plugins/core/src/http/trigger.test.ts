import { createTestWorld, type TestRenderer, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { httpTrigger } from "./trigger.ts";

interface Seen {
  readonly response: { readonly statusCode: number; readonly body: string; readonly headers: Record<string, string[]> };
}

/** Stands in for the expression language: each condition is a function over the response. */
const CONDITIONS: Readonly<Record<string, (seen: Seen) => boolean>> = {
  "{{ response.statusCode < 400 }}": ({ response }) => response.statusCode < 400,
  "{{ body is full }}": ({ response }) => response.body === "full" && response.headers["X-Kind"]?.[0] === "k",
};
const renderer: TestRenderer = {
  render: (source, extra) => String(CONDITIONS[source]?.(extra as unknown as Seen) ?? source),
  evaluate: (value) => value,
};

test("fires with the response as variables when the status is fine", async () => {
  await using server = await startServer((_request, response) => response.end("full"));
  await using world = createTestWorld({ renderer });
  const event = await world.poll(httpTrigger, { uri: server.url });
  expect(event?.variables).toMatchObject({ code: 200, body: "full", uri: `${server.url}/` });
});

test("a failed status neither fires nor fails", async () => {
  await using server = await startServer((_request, response) => response.writeHead(503).end());
  await using world = createTestWorld({ renderer });
  expect(await world.poll(httpTrigger, { uri: server.url })).toBeUndefined();
});

test("an own condition reads body and headers, also of a failed status", async () => {
  await using server = await startServer((incoming, response) =>
    response.writeHead(404, { "X-Kind": "k" }).end(incoming.url === "/full" ? "full" : "empty"),
  );
  await using world = createTestWorld({ renderer });
  const responseCondition = "{{ body is full }}";
  expect(await world.poll(httpTrigger, { uri: `${server.url}/full`, responseCondition })).toBeDefined();
  expect(await world.poll(httpTrigger, { uri: server.url, responseCondition })).toBeUndefined();
});
