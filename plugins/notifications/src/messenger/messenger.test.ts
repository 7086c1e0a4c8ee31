import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { CHARACTERS_MAX, messengerExecution } from "./execution.ts";

const START = Date.parse("2026-03-01T10:00:00Z");
/** As Meta documents the Send API. */
const message = z.strictObject({
  recipient: z.strictObject({ id: z.string().min(1) }),
  messaging_type: z.enum(["RESPONSE", "UPDATE", "MESSAGE_TAG"]),
  message: z.strictObject({ text: z.string().min(1).max(CHARACTERS_MAX) }),
});

async function run(properties: JsonMap) {
  await using server = await startStrictServer(({ authorization }) => authorization === "Bearer page-token", {
    "POST /v23.0/100/messages": { body: message, answer: { body: { recipient_id: "1", message_id: "m" } } },
  });
  await using world = createTestWorld({ now: () => START });
  world.executions.stored = [
    { id: "e1", namespace: "company", flowId: "nightly", state: "FAILED", startDate: START, endDate: START + 1_000 },
  ];
  const url = `${server.url}/v23.0/100/messages`;
  const all = { pageId: "100", accessToken: "page-token", url, executionId: "e1", ...properties };
  return { ...(await world.run(messengerExecution, all)), bodies: server.bodies, logs: world.logs };
}

const TOLD = "company.nightly FAILED\nExecution: e1\nStarted: 2026-03-01T10:00:00.000Z\nDuration: PT1S";

test("each of the people gets a message", async () => {
  const { state, bodies } = await run({ recipientIds: ["1", " 2 ", ""] });
  expect(state).toBe("SUCCESS");
  const of = (id: string) => ({ recipient: { id }, messaging_type: "UPDATE", message: { text: TOLD } });
  expect(bodies).toEqual([of("1"), of("2")]);
});

test.each([
  [{ textBody: "own", messagingType: "RESPONSE" }, "own", "RESPONSE"],
  [{ textBody: "" }, TOLD, "UPDATE"],
  [{ textBody: "a".repeat(CHARACTERS_MAX + 1) }, `${"a".repeat(CHARACTERS_MAX - 1)}…`, "UPDATE"],
])("with %j it says what it should", async (properties, text, messaging_type) => {
  const { bodies } = await run({ recipientIds: "1", ...properties });
  expect(bodies).toEqual([{ recipient: { id: "1" }, messaging_type, message: { text } }]);
});

test("without people there is nobody to tell", async () => {
  expect((await run({ recipientIds: [] })).message).toBe("`recipientIds` is empty: name who is told.");
});

test("no message has the token", async () => {
  const { message, logs } = await run({ recipientIds: "1", accessToken: "hidden-token" });
  expect(message).toContain("Posting to Messenger failed with status 401");
  expect(JSON.stringify([message, logs])).not.toContain("hidden-token");
});
