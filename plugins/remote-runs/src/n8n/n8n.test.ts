import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test, vi } from "vitest";
import { z } from "zod";
import { reply, startService } from "../testing/fake-service.ts";
import { BODY_BYTES_MAX, REFUSAL_MS, triggerWorkflow } from "./trigger-workflow.ts";

const HOOK = "/webhook/s3cret-hook";

test.each([
  [{ rows: 3 }, { rows: 3 }],
  [reply(200, "done"), "done"],
  [reply(200, undefined), null],
  [reply(200, "x".repeat(BODY_BYTES_MAX)), "x".repeat(BODY_BYTES_MAX)],
])("what n8n answers is the output", async (answer, body) => {
  const request = z.strictObject({ prompt: z.literal("hello") });
  await using service = await startService(undefined, { [`POST ${HOOK}`]: { request, answers: [answer] } });
  await using world = createTestWorld();
  const properties = { uri: `${service.url}${HOOK}`, method: "POST", body: { prompt: "hello" } };
  const outcome = await world.run(triggerWorkflow, properties);
  expect(outcome).toEqual({ state: "SUCCESS", outputs: { body }, message: undefined });
});

test("parameters, headers and credentials are sent", async () => {
  const query = { source: "capstan" };
  await using service = await startService("Basic bWU6cHc=", { [`GET ${HOOK}`]: { query, answers: [{}] } });
  await using world = createTestWorld();
  const outcome = await world.run(triggerWorkflow, {
    uri: `${service.url}${HOOK}`,
    method: "GET",
    queryParameters: query,
    headers: { "X-Request-ID": "1" },
    options: { auth: { type: "BASIC", username: "me", password: "pw" } },
  });
  expect(outcome.state).toBe("SUCCESS");
  expect(service.received[0]!.headers["x-request-id"]).toBe("1");
});

test.each([
  [undefined, "application/octet-stream"],
  ["TEXT", "text/plain; charset=utf-8"],
  ["XML", "application/xml"],
])("a file is sent as %s", async (contentType, type) => {
  await using server = await startServer((_request, response) => response.end("ok"));
  await using world = createTestWorld();
  const from = await world.files.put("report", "a,b\n1,2\n");
  const properties = {
    uri: `${server.url}${HOOK}`,
    method: "POST",
    from,
    ...(contentType !== undefined && { contentType }),
  };
  expect((await world.run(triggerWorkflow, properties)).state).toBe("SUCCESS");
  expect(server.received[0]).toMatchObject({
    body: "a,b\n1,2\n",
    headers: { "content-type": type, "content-length": "8" },
  });
});

test("an answer that is too long is refused", async () => {
  const long = reply(200, "x".repeat(BODY_BYTES_MAX + 1));
  await using service = await startService(undefined, { [`GET ${HOOK}`]: { answers: [long] } });
  await using world = createTestWorld();
  const outcome = await world.run(triggerWorkflow, { uri: `${service.url}${HOOK}`, method: "GET" });
  expect(outcome.message).toBe(
    `n8n answered with more than ${BODY_BYTES_MAX} bytes. Let the workflow answer with less.`,
  );
});

test.each([true, false])("a refusal fails the task, with wait: %s, and the webhook is masked", async (wait) => {
  await using service = await startService(undefined, {});
  await using world = createTestWorld();
  const outcome = await world.run(triggerWorkflow, { uri: `${service.url}${HOOK}`, method: "GET", wait });
  expect(outcome.message).toMatch(/^The call of n8n failed with status 404 .* — Activate the workflow\.$/);
  expect(world.masked).toContain(HOOK);
});

test.each([true, false])(
  "without waiting a workflow that answers at its end is left alone (a file: %s)",
  async (isFile) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { promise: arrived, resolve } = Promise.withResolvers<void>();
      await using server = await startServer(() => resolve());
      await using world = createTestWorld();
      const from = isFile ? { from: await world.files.put("report", "a,b") } : {};
      const properties = { uri: `${server.url}${HOOK}`, method: "POST", wait: false, ...from };
      const outcome = world.run(triggerWorkflow, properties);
      await arrived;
      await vi.advanceTimersByTimeAsync(REFUSAL_MS);
      expect(await outcome).toEqual({ state: "SUCCESS", outputs: {}, message: undefined });
      expect(server.received).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  },
);

test("a kill ends the wait for the answer", async () => {
  const kill = new AbortController();
  await using server = await startServer(() => kill.abort(new Error("the task was killed")));
  await using world = createTestWorld({ signal: kill.signal });
  const outcome = await world.run(triggerWorkflow, { uri: `${server.url}${HOOK}`, method: "GET", wait: false });
  expect(outcome.message).toBe("the task was killed");
});
