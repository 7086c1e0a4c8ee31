import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { ticketCreate } from "./ticket-create.ts";

const BASIC = `Basic ${Buffer.from("me@example.com/token:key").toString("base64")}`;
const URL_OF_TICKET = "https://acme.zendesk.com/api/v2/tickets/35.json";

/** As Zendesk's API documents what it takes. */
const ticket = z.strictObject({
  ticket: z.strictObject({
    subject: z.string().optional(),
    comment: z.strictObject({ body: z.string().min(1) }),
    priority: z.enum(["urgent", "high", "normal", "low"]).optional(),
    type: z.enum(["problem", "incident", "question", "task"]).optional(),
    assignee_id: z.int().optional(),
    tags: z.array(z.string()).optional(),
  }),
});

async function create(properties: JsonMap, authorization = BASIC) {
  await using zendesk = await startStrictServer((headers) => headers.authorization === authorization, {
    "POST /api/v2/tickets.json": {
      body: ticket,
      answer: { status: 201, body: { ticket: { id: 35, url: URL_OF_TICKET } } },
    },
  });
  await using world = createTestWorld();
  const written = {
    domain: zendesk.url,
    username: "me@example.com",
    token: "key",
    description: "As told.",
    ...properties,
  };
  return { ...(await world.run(ticketCreate, written)), bodies: zendesk.bodies, received: zendesk.received, world };
}

test("a ticket is created with all that was given", async () => {
  const { outputs, bodies } = await create({
    subject: "Rates are old",
    priority: "NORMAL",
    ticketType: "INCIDENT",
    assigneeId: 1,
    tags: ["bug", "rates"],
  });
  expect(outputs).toEqual({ url: URL_OF_TICKET, id: 35 });
  expect(bodies).toEqual([
    {
      ticket: {
        subject: "Rates are old",
        comment: { body: "As told." },
        priority: "normal",
        type: "incident",
        assignee_id: 1,
        tags: ["bug", "rates"],
      },
    },
  ]);
});

test("what was not given is not sent", async () => {
  expect((await create({})).bodies).toEqual([{ ticket: { comment: { body: "As told." } } }]);
});

test.each([
  [{ oauthToken: "o" }, "Bearer o"],
  [{ oauthToken: "" }, BASIC],
])("with %j it is authorized by %j", async (credentials, authorization) => {
  expect(await create(credentials, authorization)).toMatchObject({ state: "SUCCESS" });
});

test("nobody is not asked for", async () => {
  const { message, received } = await create({ token: "" });
  expect(message).toBe("Zendesk takes no request without credentials. Give `username` and `token`, or `oauthToken`.");
  expect(received).toEqual([]);
});

test("no message has the token", async () => {
  const { message, world } = await create({ token: "zd-hidden" });
  expect(message).toContain("status 401");
  expect(JSON.stringify([message, world.logs])).not.toContain("zd-hidden");
});
