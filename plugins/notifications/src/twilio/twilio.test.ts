import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { twilioAlert } from "./alert.ts";
import { twilioExecution } from "./execution.ts";

const BASIC = `Basic ${Buffer.from("AC1:twilio-token").toString("base64")}`;
const START = Date.parse("2026-03-01T10:00:00Z");

async function run(task: TaskDefinition, properties: JsonMap) {
  await using twilio = await startStrictServer((headers) => headers.authorization === BASIC, {
    "POST /v1/Services/IS1/Notifications": {
      // As Twilio documents it.
      form: z.strictObject({
        Body: z.string().max(1_600).optional(),
        Identity: z.string().optional(),
        Tag: z.string().optional(),
      }),
      answer: { status: 201, body: { sid: "NT1" } },
    },
  });
  await using world = createTestWorld({ now: () => START });
  world.executions.stored = [
    {
      id: "e1",
      namespace: "company.team",
      flowId: "nightly",
      state: "FAILED",
      startDate: START,
      endDate: START + 1_000,
    },
  ];
  const url = `${twilio.url}/v1/Services/IS1/Notifications`;
  const outcome = await world.run(task, { url, accountSID: "AC1", authToken: "twilio-token", ...properties });
  return { ...outcome, forms: twilio.received.map(({ body }) => [...new URLSearchParams(body)]), world };
}

test.each([{ Identity: ["1", "2"], Body: "done" }, '{"Identity": ["1", "2"], "Body": "done"}'])(
  "a notification of %j is a form",
  async (payload) => {
    const { state, forms } = await run(twilioAlert, { payload });
    expect([state, forms]).toEqual([
      "SUCCESS",
      [
        [
          ["Identity", "1"],
          ["Identity", "2"],
          ["Body", "done"],
        ],
      ],
    ]);
  },
);

const TOLD = "company.team.nightly FAILED\nExecution: e1\nStarted: 2026-03-01T10:00:00.000Z\nDuration: PT1S";

test.each([
  [
    { identity: "1" },
    [
      ["Body", TOLD],
      ["Identity", "1"],
    ],
  ],
  [
    { tag: "all", identity: "", body: "It failed" },
    [
      ["Body", "It failed"],
      ["Tag", "all"],
    ],
  ],
])("people %j are told of an execution", async (properties, form) => {
  const { state, forms } = await run(twilioExecution, { executionId: "e1", ...properties });
  expect([state, forms]).toEqual(["SUCCESS", [form]]);
});

test("a message is as long as Twilio takes it", async () => {
  const { state, forms } = await run(twilioExecution, { executionId: "e1", body: "a".repeat(1_601) });
  expect([state, forms[0]![0]![1].length]).toEqual(["SUCCESS", 1_600]);
});

test.each([undefined, "[]", {}, "{"])("the payload %j is no notification", async (payload) => {
  const { state, forms } = await run(twilioAlert, payload === undefined ? {} : { payload });
  expect([state, forms]).toEqual(["FAILED", []]);
});

test("no message has the token", async () => {
  const { message, world } = await run(twilioAlert, { payload: { Body: "a" }, authToken: "hidden-token" });
  expect(message).toContain("Posting to Twilio failed with status 401");
  expect(JSON.stringify([message, world.logs])).not.toContain("hidden-token");
});
