import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { CHARACTERS_MAX, MEDIA_MAX, mmsSend, smsSend } from "./message-send.ts";

const BASIC = `Basic ${Buffer.from("AC1:twilio-token").toString("base64")}`;

async function run(task: TaskDefinition, properties: JsonMap) {
  await using twilio = await startStrictServer(({ authorization }) => authorization === BASIC, {
    "POST /2010-04-01/Accounts/AC1/Messages.json": {
      // As Twilio documents it.
      form: z.strictObject({
        From: z.string().min(1),
        To: z.string().min(1),
        Body: z.string().max(CHARACTERS_MAX),
        MediaUrl: z.string().optional(),
      }),
      answer: { status: 201, body: { sid: "SM1", status: "queued", price: null } },
    },
  });
  await using world = createTestWorld();
  const all = { accountSID: "AC1", authToken: "twilio-token", from: "+1555", to: " +4179 ", body: "done & gone" };
  const outcome = await world.run(task, { ...all, endpointOverride: twilio.url, ...properties });
  return { ...outcome, forms: twilio.received.map(({ body }) => [...new URLSearchParams(body)]), logs: world.logs };
}

const FORM = [
  ["From", "+1555"],
  ["To", "+4179"],
  ["Body", "done & gone"],
];

test("a text message is sent", async () => {
  const { outputs, message, forms } = await run(smsSend, {});
  expect(message).toBeUndefined();
  expect([outputs, forms]).toEqual([{ sid: "SM1", status: "queued" }, [FORM]]);
});

test.each(["https://e.com/a.png", '["https://e.com/a.png", "", "https://e.com/b.png"]'])(
  "pictures %j are sent along",
  async (mediaUrls) => {
    const { outputs, forms } = await run(mmsSend, { mediaUrls });
    const urls = mediaUrls.match(/https:[^"]+/g)!.map((url) => ["MediaUrl", url]);
    expect([outputs, forms]).toEqual([{ sid: "SM1", status: "queued" }, [[...FORM, ...urls]]]);
  },
);

test.each([
  [smsSend, { body: "a".repeat(CHARACTERS_MAX) }, undefined],
  [smsSend, { body: "a".repeat(CHARACTERS_MAX + 1) }, "The message has 1601 characters, and Twilio takes 1600"],
  [mmsSend, { mediaUrls: Array.from({ length: MEDIA_MAX }, () => "https://e.com") }, undefined],
  [
    mmsSend,
    { mediaUrls: Array.from({ length: MEDIA_MAX + 1 }, () => "https://e.com") },
    "`mediaUrls` has 11 addresses: give 1 to 10.",
  ],
  [mmsSend, { mediaUrls: [] }, "`mediaUrls` has 0 addresses: give 1 to 10."],
  [smsSend, { accountSID: ".." }, '`accountSID` is ".."'],
])("what Twilio does not take is refused before it is sent", async (task, properties, expected) => {
  const { message } = await run(task, properties);
  if (expected === undefined) expect(message).toBeUndefined();
  else expect(message).toContain(expected);
});

test("no message has the token", async () => {
  const { message, logs } = await run(smsSend, { authToken: "hidden-token" });
  expect(message).toContain("Sending the message by Twilio failed with status 401");
  expect(JSON.stringify([message, logs])).not.toContain("hidden-token");
});
