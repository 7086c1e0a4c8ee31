import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { FILE_BYTES_MAX } from "./mail.ts";
import { sendGridMailExecution } from "./mail-execution.ts";
import { sendGridMailSend } from "./mail-send.ts";

const START = Date.parse("2026-03-01T10:00:00Z");
const address = z.strictObject({ email: z.email(), name: z.string().min(1).optional() });
/** As SendGrid documents the body of `POST /v3/mail/send`, as far as it is used. */
const mail = z.strictObject({
  personalizations: z
    .array(z.strictObject({ to: z.array(address).min(1).max(1_000), cc: z.array(address).min(1).optional() }))
    .length(1),
  from: address,
  subject: z.string().min(1),
  content: z
    .array(z.strictObject({ type: z.enum(["text/plain", "text/html"]), value: z.string().min(1) }))
    .min(1)
    .refine((parts) => parts.findLastIndex(({ type }) => type === "text/plain") <= 0, "plain text comes first"),
  attachments: z
    .array(
      z.strictObject({
        content: z.base64().min(1),
        filename: z.string().min(1),
        type: z.string().min(1),
        disposition: z.enum(["attachment", "inline"]),
        content_id: z.string().optional(),
      }),
    )
    .min(1)
    .optional(),
});

async function run(task: TaskDefinition, properties: JsonMap) {
  await using server = await startStrictServer(({ authorization }) => authorization === "Bearer SG.key", {
    "POST /v3/mail/send": { body: mail, answer: { status: 202, headers: { "x-message-id": "m1" } } },
  });
  await using world = createTestWorld({ now: () => START + 65_000 });
  const failed = {
    id: "e1",
    namespace: "company",
    flowId: "nightly",
    state: "FAILED",
    startDate: START,
    endDate: START + 1_000,
  };
  world.executions.stored = [{ ...failed, error: "no <space>", url: "https://flows.example/e1" }];
  world.files.seed("kestra:///report.csv", "a,b\n");
  world.files.seed("kestra:///logo.png", Buffer.from([1, 2, 255]));
  const all = {
    sendgridApiKey: " SG.key\n",
    endpointOverride: server.url,
    from: "a@example.com",
    to: ["b@example.com"],
    ...properties,
  };
  const outcome = await world.run(task, all);
  return { ...outcome, bodies: server.bodies, world };
}

test("a mail has all that it is given", async () => {
  const { outputs, message, bodies } = await run(sendGridMailSend, {
    from: "The Backups <backups@example.com>",
    to: ["b@example.com", '"C, D" <c@example.com>, d@example.com'],
    cc: "e@example.com",
    subject: "Größe",
    htmlContent: '<p><img src="cid:logo"></p>',
    textContent: "plain",
    attachments: [{ uri: "kestra:///report.csv", name: "report.csv", contentType: "text/csv" }],
    embeddedImages: [{ uri: "kestra:///logo.png", name: "logo" }],
  });
  expect(message).toBeUndefined();
  expect(outputs).toEqual({ statusCode: 202, headers: { "X-Message-Id": "m1" }, body: "" });
  expect(bodies).toEqual([
    {
      personalizations: [
        {
          to: [{ email: "b@example.com" }, { email: "c@example.com", name: "C, D" }, { email: "d@example.com" }],
          cc: [{ email: "e@example.com" }],
        },
      ],
      from: { email: "backups@example.com", name: "The Backups" },
      subject: "Größe",
      content: [
        { type: "text/plain", value: "plain" },
        { type: "text/html", value: '<p><img src="cid:logo"></p>' },
      ],
      attachments: [
        { content: "YSxiCg==", filename: "report.csv", type: "text/csv", disposition: "attachment" },
        {
          content: "AQL/",
          filename: "logo",
          type: "application/octet-stream",
          disposition: "inline",
          content_id: "logo",
        },
      ],
    },
  ]);
});

test("one kind of text is enough", async () => {
  const { state, bodies } = await run(sendGridMailSend, {
    to: "b@example.com",
    subject: "s",
    textContent: "t",
    cc: "",
  });
  expect(state).toBe("SUCCESS");
  expect(bodies).toMatchObject([{ content: [{ type: "text/plain", value: "t" }] }]);
  expect(bodies[0]).not.toHaveProperty("attachments");
});

test.each([
  [{ subject: "s" }, "There is no message: give `htmlContent` or `textContent`."],
  [{ textContent: "t" }, "`subject` is missing, without which SendGrid takes no mail."],
  [{ textContent: "t", subject: "s", to: " , " }, "`to` is empty: give an address."],
  [{ textContent: "t", subject: "s", to: "team" }, '`to` has "team", which is no address'],
  [{ textContent: "t", subject: "s", from: "x <y>" }, '`from` has "x <y>", which is no address'],
  [{ textContent: "t", subject: "s", attachments: [{ uri: "kestra:///gone", name: "x" }] }, "does not exist"],
])("with %j no mail is sent", async (properties, expected) => {
  const { message, bodies } = await run(sendGridMailSend, properties);
  expect(message).toContain(expected);
  expect(bodies).toEqual([]);
});

test.each([
  [FILE_BYTES_MAX, "SUCCESS"],
  [FILE_BYTES_MAX + 1, "FAILED"],
])("files of %d bytes together: %s", async (bytes, state) => {
  await using server = await startStrictServer(() => true, {
    "POST /v3/mail/send": { body: z.unknown(), answer: { status: 202 } },
  });
  await using world = createTestWorld();
  world.files.seed("kestra:///one", Buffer.alloc(bytes - 10));
  world.files.seed("kestra:///two", Buffer.alloc(10));
  const outcome = await world.run(sendGridMailSend, {
    sendgridApiKey: "k",
    endpointOverride: server.url,
    from: "a@example.com",
    to: "b@example.com",
    subject: "s",
    textContent: "t",
    attachments: [{ uri: "kestra:///one", name: "one" }],
    embeddedImages: [{ uri: "kestra:///two", name: "two" }],
  });
  expect(outcome.state).toBe(state);
});

test("people are told of an execution", async () => {
  const { message, bodies } = await run(sendGridMailExecution, {
    executionId: "e1",
    customMessage: "See <the> runbook",
    textContent: "x",
  });
  expect(message).toBeUndefined();
  const [{ subject, content }] = bodies as [{ subject: string; content: { value: string }[] }];
  expect(subject).toBe("company.nightly FAILED");
  expect(content[0]!.value).toContain("company.nightly FAILED\nSee <the> runbook\nExecution: e1");
  expect(content[1]!.value).toContain("<p>See &lt;the&gt; runbook</p>");
  expect(content[1]!.value).toContain("no &lt;space&gt;");
});

test.each([
  ["Own subject", "Own subject"],
  ["", "company.nightly FAILED"],
])("the subject %j is %j", async (subject, expected) => {
  const { bodies } = await run(sendGridMailExecution, { executionId: "e1", subject });
  expect(bodies).toMatchObject([{ subject: expected }]);
});

test("no message has the key", async () => {
  const { message, world } = await run(sendGridMailSend, {
    sendgridApiKey: "hidden-key",
    subject: "s",
    textContent: "t",
  });
  expect(message).toContain("Sending the mail by SendGrid failed with status 401");
  expect(JSON.stringify([message, world.logs])).not.toContain("hidden-key");
});
