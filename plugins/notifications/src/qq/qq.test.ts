import { type JsonMap, type TaskDefinition, TaskFailure } from "@capstan/sdk";
import { createTestWorld, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { qqExecution } from "./execution.ts";
import { qqIncomingWebhook } from "./incoming-webhook.ts";

const PARAMS = "sdkappid=1&identifier=admin&usersig=hidden-signature&contenttype=json";
const START = Date.parse("2026-03-01T10:00:00Z");

/** As Tencent documents a message; what is none is refused with status 200. */
const message = z.strictObject({
  To_Account: z.string(),
  MsgRandom: z.int().min(0).max(4_294_967_295),
  MsgBody: z.tuple([
    z.strictObject({ MsgType: z.literal("TIMTextElem"), MsgContent: z.strictObject({ Text: z.string() }) }),
  ]),
});

async function run(task: TaskDefinition, properties: JsonMap, authorization?: string) {
  await using im = await startStrictServer((headers) => headers.authorization === authorization, {
    "POST /v4/openim/sendmsg": {
      params: z.looseObject({ usersig: z.string() }),
      body: z.unknown(),
      answer: ({ body }) =>
        message.safeParse(body).success
          ? { body: { ActionStatus: "OK", ErrorInfo: "", ErrorCode: 0, MsgTime: 1 } }
          : { body: { ActionStatus: "FAIL", ErrorInfo: "Fail to Parse json data", ErrorCode: 90_001 } },
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
  const outcome = await world.run(task, { url: `${im.url}/v4/openim/sendmsg?${PARAMS}`, ...properties });
  return { ...outcome, bodies: im.bodies as JsonMap[], world };
}

const MESSAGE = {
  To_Account: "ops",
  MsgRandom: 7,
  MsgBody: [{ MsgType: "TIMTextElem", MsgContent: { Text: "done" } }],
};

test.each([MESSAGE, JSON.stringify(MESSAGE)])("the message %j is posted as it is", async (payload) => {
  const { state, bodies, world } = await run(qqIncomingWebhook, { payload });
  expect([state, bodies]).toEqual(["SUCCESS", [MESSAGE]]);
  expect(world.masked).toEqual([`?${PARAMS}`]);
});

test("a refusal with status 200 is one", async () => {
  const { state, message: told, world } = await run(qqIncomingWebhook, { payload: { MsgType: "TIMTextElem" } });
  expect(state).toBe("FAILED");
  expect(told).toContain("Tencent IM refused the message: Fail to Parse json data (90001).");
  expect(JSON.stringify([told, world.logs])).not.toContain("hidden-signature");
});

test("a token goes to the gateway, and is not shown when it is refused", async () => {
  expect((await run(qqIncomingWebhook, { payload: MESSAGE, token: "t" }, "Bearer t")).state).toBe("SUCCESS");
  const { message: told, world } = await run(
    qqIncomingWebhook,
    { payload: MESSAGE, token: "hidden-token" },
    "Bearer t",
  );
  expect(told).toContain("Posting to Tencent IM failed with status 401");
  expect(JSON.stringify([told, world.logs])).not.toContain("hidden-");
});

test("each recipient is told of an execution", async () => {
  const { state, bodies } = await run(qqExecution, {
    executionId: "e1",
    recipientIds: ["a", "b"],
    customMessage: "Look",
  });
  const Text = "company.team.nightly FAILED\nLook\nExecution: e1\nStarted: 2026-03-01T10:00:00.000Z\nDuration: PT1S";
  expect(state).toBe("SUCCESS");
  expect(bodies.map(({ To_Account, MsgBody }) => [To_Account, MsgBody])).toEqual(
    ["a", "b"].map((recipient) => [recipient, [{ MsgType: "TIMTextElem", MsgContent: { Text } }]]),
  );
  expect(bodies[0]!["MsgRandom"]).not.toBe(bodies[1]!["MsgRandom"]);
});

test("without recipients the message that was written is posted", async () => {
  expect((await run(qqExecution, { executionId: "e1", payload: MESSAGE })).bodies).toEqual([MESSAGE]);
});

test.each([
  [qqIncomingWebhook, {}, "There is no message: give `payload`"],
  [qqIncomingWebhook, { payload: "{" }, "`payload` is no JSON"],
  [qqExecution, { executionId: "e1" }, "Nobody is told: give `recipientIds`"],
])("what says nothing is not posted (%#)", async (task, properties, expected) => {
  const { message: told, bodies } = await run(task, properties);
  expect(told).toContain(expected);
  expect(bodies).toEqual([]);
});

test("a kill ends the posting", async () => {
  await using world = createTestWorld({ signal: AbortSignal.abort(new TaskFailure("killed")) });
  const outcome = await world.run(qqIncomingWebhook, { url: "http://127.0.0.1:1/", payload: MESSAGE });
  expect(outcome).toMatchObject({ state: "FAILED", message: "killed" });
});
