import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, type MemoryExecution, startServer } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import plugin from "../index.ts";

const START = Date.parse("2026-03-01T10:00:00Z");
const LINK = "https://flows.example/ui/main/executions/company.team/nightly/e1";
const FAILED: MemoryExecution = {
  id: "e1",
  namespace: "company.team",
  flowId: "nightly",
  state: "FAILED",
  startDate: START,
  endDate: START + 65_000,
  url: LINK,
  firstFailed: { taskId: "backup", state: "FAILED", error: "task `backup` failed: no <space>" },
  lastTask: { taskId: "tell", value: "ops", state: "SUCCESS" },
};

/** What is told in another way than as JSON in one request has tests of its own. */
const OTHERS = /\.(?:Mail|QQ|Twilio|SendGridMail|Messenger|X)Execution$/;
const tasks = plugin.definitions.filter(
  ({ type }) => type.endsWith("Execution") && !OTHERS.test(type),
) as TaskDefinition[];
const taskOf = (name: string) => tasks.find(({ type }) => type.endsWith(`.${name}`))!;

/** What a service is told of an execution, and what the task came to. */
async function told(task: TaskDefinition, properties: JsonMap, execution: MemoryExecution = FAILED) {
  await using server = await startServer((_request, response) => response.end("ok"));
  await using world = createTestWorld({ now: () => START + 90_000, variables: { trigger: { executionId: "e1" } } });
  world.executions.stored = [execution];
  const own: JsonMap = Object.hasOwn(task.properties.shape, "dsn")
    ? { dsn: `${server.url.replace("//", "//key1@")}/sentry/42` }
    : { [task.type.includes("telegram") ? "endpointOverride" : "url"]: `${server.url}/hook` };
  const all = { executionId: "{{ trigger.executionId }}", ...own, ...properties };
  const { state, message } = await world.run(task, all);
  const [request] = server.received;
  return {
    state,
    message,
    request,
    body: request === undefined || !request.body.startsWith("{") ? undefined : bodyOf(request.body),
  };
}

/** The last line: an envelope has others before it. */
const bodyOf = (text: string) => JSON.parse(text.split("\n").at(-1)!) as JsonMap;

const OWN: Readonly<Record<string, JsonMap>> = {
  TelegramExecution: { token: "1:a", channel: "@ops" },
  LineExecution: { channelAccessToken: "line-token" },
  SquadcastExecution: { message: "It failed" },
};
const MORE = { customMessage: "**See** the runbook", customFields: { team: "ops", rows: 3, none: null } };
const LINES = [
  "Execution: e1",
  "Started: 2026-03-01T10:00:00.000Z",
  "Duration: PT1M5S",
  "Failed task: task `backup` failed: no <space>",
  "Last task: tell (ops)",
  "team: ops",
  "rows: 3",
];
const TEXT = ["**See** the runbook", ...LINES, LINK].join("\n");
const DETAILS = {
  Flow: "company.team.nightly",
  State: "FAILED",
  ...Object.fromEntries(LINES.map((line) => line.split(/: (.*)/, 2))),
  Message: "**See** the runbook",
  Link: LINK,
};
const TITLE = "company.team.nightly FAILED";

describe.each([
  [
    "SlackExecution",
    {
      text: TITLE,
      attachments: [
        {
          color: "danger",
          blocks: [
            { type: "section", text: { type: "mrkdwn", text: "*See* the runbook" } },
            {
              type: "section",
              fields: LINES.map((line) => line.split(/: (.*)/, 2)).map(([name, value]) => ({
                type: "mrkdwn",
                text: `*${name}*\n${value!.replace("<space>", "&lt;space&gt;")}`,
              })),
            },
            { type: "actions", elements: [{ type: "button", url: LINK, text: { type: "plain_text", text: "Open" } }] },
          ],
        },
      ],
    },
  ],
  [
    "TeamsExecution",
    {
      "@type": "MessageCard",
      "@context": "http://schema.org/extensions",
      themeColor: "0076D7",
      summary: TITLE,
      title: TITLE,
      text: "**See** the runbook",
      sections: [{ facts: LINES.map((line) => line.split(/: (.*)/, 2)).map(([name, value]) => ({ name, value })) }],
      potentialAction: [{ "@type": "OpenUri", name: "Open", targets: [{ os: "default", uri: LINK }] }],
    },
  ],
  [
    "DiscordExecution",
    {
      embeds: [
        {
          title: TITLE,
          url: LINK,
          color: 0xa3_02_00,
          description: "**See** the runbook",
          fields: LINES.map((line) => line.split(/: (.*)/, 2)).map(([name, value]) => ({ name, value, inline: true })),
        },
      ],
    },
  ],
  ["GoogleChatExecution", { text: `*${TITLE}*\n${TEXT}` }],
  ["TelegramExecution", { chat_id: "@ops", text: `${TITLE}\n${TEXT}` }],
  ["ZulipExecution", { text: `*${TITLE}*\n${TEXT}` }],
  ["LineExecution", { messages: [{ type: "text", text: `${TITLE}\n${TEXT}` }] }],
  [
    "PagerDutyExecution",
    {
      dedup_key: "e1",
      event_action: "trigger",
      payload: {
        summary: TITLE,
        timestamp: "2026-03-01T10:01:05.000Z",
        severity: "error",
        source: "company.team",
        component: "nightly",
        custom_details: DETAILS,
      },
      links: [{ href: LINK, text: "Execution" }],
    },
  ],
  [
    "OpsgenieExecution",
    {
      message: TITLE,
      alias: "e1",
      description: TEXT,
      details: DETAILS,
      entity: "company.team.nightly",
      source: "Capstan",
    },
  ],
  [
    "ZendutyExecution",
    {
      message: TITLE,
      summary: TEXT,
      alert_type: "error",
      entity_id: "e1",
      payload: DETAILS,
      urls: [{ link_url: LINK, link_text: "Execution" }],
    },
  ],
  ["SquadcastExecution", { message: "It failed", description: `${TITLE}\n${TEXT}`, status: "trigger", event_id: "e1" }],
  [
    "SentryExecution",
    {
      event_id: expect.stringMatching(/^[\da-f]{32}$/),
      timestamp: "2026-03-01T10:01:05.000Z",
      platform: "other",
      level: "error",
      logger: "company.team.nightly",
      message: { formatted: TITLE },
      fingerprint: ["company.team", "nightly"],
      tags: { namespace: "company.team", flow: "nightly", execution: "e1" },
      extra: DETAILS,
    },
  ],
] as const)("%s", (name, expected) => {
  test("tells of an execution in the form of its service", async () => {
    expect((await told(taskOf(name), { ...OWN[name], ...MORE })).body).toEqual(expected);
  });

  test("tells of one that still runs, without a link where none is known", async () => {
    const { id, namespace, flowId, startDate } = FAILED;
    const running = { id, namespace, flowId, startDate, state: "RUNNING" };
    const { state, request } = await told(taskOf(name), OWN[name] ?? {}, running);
    expect(state).toBe("SUCCESS");
    expect(request?.body).toContain("PT1M30S");
    expect(request?.body).not.toContain("https://");
  });

  test("fails for an execution that is not there, and tells nothing", async () => {
    const { state, message, request } = await told(taskOf(name), { ...OWN[name], executionId: "gone" });
    expect([state, message, request]).toEqual(["FAILED", "There is no execution gone.", undefined]);
  });
});

test("all services that are told of executions over HTTP are in the table", () => {
  expect(tasks.length).toBe(12);
});

test.each([
  ["SlackExecution", { channel: "#ops", iconEmoji: ":x:" }, { channel: "#ops", icon_emoji: ":x:" }],
  [
    "TeamsExecution",
    { activityTitle: "a", themeColor: "ff0000" },
    { themeColor: "ff0000", sections: [{ activityTitle: "a" }] },
  ],
  [
    "DiscordExecution",
    {
      username: "Capstan",
      avatarUrl: "https://a",
      content: "c",
      embedList: [
        { title: "t", websiteUrl: "https://w", thumbnail: "https://t", authorName: "n", color: [1, 2, 3], footer: "f" },
      ],
    },
    {
      username: "Capstan",
      avatar_url: "https://a",
      content: "c",
      embeds: [
        {},
        {
          title: "t",
          url: "https://w",
          thumbnail: { url: "https://t" },
          author: { name: "n" },
          color: 0x01_02_03,
          footer: { text: "f" },
        },
      ],
    },
  ],
  ["GoogleChatExecution", { text: "only this" }, { text: "only this" }],
  ["LineExecution", { textBody: "only this" }, { messages: [{ text: "only this" }] }],
  [
    "PagerDutyExecution",
    { routingKey: "k", deduplicationKey: "d", eventAction: "resolve", payloadSummary: "s" },
    { routing_key: "k", dedup_key: "d", event_action: "resolve", payload: { summary: "s" } },
  ],
  [
    "OpsgenieExecution",
    { message: "m", alias: "a", responders: { r1: "team" }, visibleTo: { v1: "user" }, tags: ["t"], priority: "P1" },
    {
      message: "m",
      alias: "a",
      responders: [{ id: "r1", type: "team" }],
      visibleTo: [{ id: "v1", type: "user" }],
      tags: ["t"],
      priority: "P1",
    },
  ],
  [
    "ZendutyExecution",
    { message: "m", summary: "s", alertType: "CRITICAL", entityId: "n", urls: ["https://u"] },
    {
      message: "m",
      summary: "s",
      alert_type: "critical",
      entity_id: "n",
      urls: [{}, { link_url: "https://u", link_text: "https://u" }],
    },
  ],
  [
    "SquadcastExecution",
    { priority: "P2", status: "resolve", eventId: "n", tags: { a: "b" } },
    { priority: "P2", status: "resolve", event_id: "n", tags: { a: "b" } },
  ],
  [
    "SentryExecution",
    { eventId: "a".repeat(32), platform: "NODE", level: "FATAL", transaction: "/t", serverName: "s", extra: { a: 1 } },
    {
      event_id: "a".repeat(32),
      platform: "node",
      level: "fatal",
      transaction: "/t",
      server_name: "s",
      extra: { a: 1 },
    },
  ],
  ["ZulipExecution", { channel: "t", username: "u" }, { channel: "t", username: "u" }],
] as const)("%s takes %j", async (name, properties, expected) => {
  expect((await told(taskOf(name), { ...OWN[name], ...(properties as unknown as JsonMap) })).body).toMatchObject(
    expected,
  );
});

test.each([
  ["SUCCESS", "good"],
  ["WARNING", "warning"],
  ["FAILED", "danger"],
  ["KILLED", "#808080"],
])("an execution that ended %s is shown as %s", async (state, color) => {
  const { firstFailed: _none, ...execution } = FAILED;
  expect((await told(taskOf("SlackExecution"), {}, { ...execution, state })).body).toMatchObject({
    attachments: [{ color }],
  });
});

test("by default a task tells of its own execution", async () => {
  await using server = await startServer((_request, response) => response.end("ok"));
  await using world = createTestWorld({ identity: { executionId: "own" } });
  world.executions.stored = [{ ...FAILED, id: "own" }];
  await world.run(taskOf("ZulipExecution"), { url: server.url });
  expect(server.received[0]?.body).toContain("Execution: own");
});

test("an execution that tells of itself after a failure is shown as failed", async () => {
  const { endDate: _running, ...execution } = FAILED;
  const { body } = await told(taskOf("SlackExecution"), {}, { ...execution, state: "RUNNING" });
  expect(body).toMatchObject({ text: "company.team.nightly RUNNING", attachments: [{ color: "danger" }] });
});

test("marks of Telegram in what is told are none", async () => {
  const properties = { ...OWN["TelegramExecution"], customMessage: "a.b <c>" };
  const task = taskOf("TelegramExecution");
  const texts = await Promise.all(
    [{}, { parseMode: "HTML" }, { parseMode: "MARKDOWNV2" }].map(async (more) =>
      String((await told(task, { ...properties, ...more })).body?.["text"]),
    ),
  );
  expect(texts.map((text) => text.split("\n")[1])).toEqual(["a.b <c>", "a.b &lt;c&gt;", String.raw`a\.b <c\>`]);
});

const textOf = (body: JsonMap | undefined) => (body!["messages"] as { text: string }[])[0]!.text;

test("what is longer than a service takes is cut", async () => {
  const customMessage = "x".repeat(10_000);
  const line = await told(taskOf("LineExecution"), { ...OWN["LineExecution"], customMessage });
  const text = textOf(line.body);
  expect([text.length, text.at(-1)]).toEqual([5_000, "…"]);
  const exact = await told(taskOf("LineExecution"), { ...OWN["LineExecution"], textBody: "x".repeat(5_000) });
  expect(textOf(exact.body)).toBe("x".repeat(5_000));
});

test("tokens go into headers", async () => {
  const line = await told(taskOf("LineExecution"), { channelAccessToken: "line-token" });
  const opsgenie = await told(taskOf("OpsgenieExecution"), { authorizationToken: "k1" });
  expect([line, opsgenie].map(({ request }) => request?.headers.authorization)).toEqual([
    "Bearer line-token",
    "GenieKey k1",
  ]);
});
