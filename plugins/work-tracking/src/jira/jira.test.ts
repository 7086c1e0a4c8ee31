import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { type Answer, createTestWorld, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { issueComment } from "./issue-comment.ts";
import { issueCreate } from "./issue-create.ts";
import { issueUpdate } from "./issue-update.ts";

const BASIC = `Basic ${Buffer.from("me@example.com:word").toString("base64")}`;
const ACCOUNT = { username: "me@example.com", password: "word" };

/** As version 2 of Jira's API documents what it takes, with the fields of the test's project. */
const issue = z.strictObject({
  fields: z.strictObject({
    project: z.strictObject({ key: z.string() }),
    issuetype: z.union([z.strictObject({ name: z.string() }), z.strictObject({ id: z.string() })]),
    summary: z.string(),
    description: z.string().optional(),
    labels: z.array(z.string().regex(/^\S+$/)).optional(),
    priority: z.strictObject({ name: z.string() }).optional(),
  }),
});

async function run(task: TaskDefinition, properties: JsonMap, authorization = BASIC, created?: Answer) {
  await using jira = await startStrictServer((headers) => headers.authorization === authorization, {
    "POST /jira/rest/api/2/issue": {
      body: issue,
      answer: created ?? {
        status: 201,
        body: { id: "10007", key: "OPS-7", self: "https://jira/rest/api/2/issue/10007" },
      },
    },
    "POST /jira/rest/api/2/issue/OPS-7/comment": {
      body: z.strictObject({
        body: z.string(),
        visibility: z.strictObject({ type: z.enum(["group", "role"]), value: z.string() }).optional(),
      }),
      answer: { status: 201, body: { id: "20001" } },
    },
    "PUT /jira/rest/api/2/issue/OPS-7": {
      body: z.strictObject({ fields: z.record(z.string(), z.unknown()) }),
      answer: { status: 204 },
    },
  });
  await using world = createTestWorld();
  const outcome = await world.run(task, { baseUrl: `${jira.url}/jira/`, ...ACCOUNT, ...properties });
  const outputs = JSON.parse(JSON.stringify(outcome.outputs ?? {}).replaceAll(jira.url, "http://server")) as unknown;
  return { ...outcome, outputs, bodies: jira.bodies, received: jira.received, world };
}

const ISSUE = { projectKey: "OPS", summary: "Rates are old" };

test("an issue is created", async () => {
  const { outputs, bodies } = await run(issueCreate, {
    ...ISSUE,
    description: "*As* told.",
    labels: ["bug"],
    issueTypeId: "3",
  });
  expect(outputs).toEqual({ id: "10007", key: "OPS-7", url: "http://server/jira/browse/OPS-7" });
  expect(bodies).toEqual([
    {
      fields: {
        project: { key: "OPS" },
        issuetype: { id: "3" },
        summary: "Rates are old",
        description: "*As* told.",
        labels: ["bug"],
      },
    },
  ]);
});

test("what nobody has typed is a story", async () => {
  const { bodies } = await run(issueCreate, ISSUE);
  expect(bodies).toEqual([
    { fields: { project: { key: "OPS" }, issuetype: { name: "Story" }, summary: "Rates are old" } },
  ]);
});

const WHOLE = {
  fields: { project: { key: "OPS" }, issuetype: { name: "Incident" }, summary: "All", priority: { name: "High" } },
};

test.each([{ payload: WHOLE }, { payload: JSON.stringify(WHOLE) }])(
  "a payload is the whole body: %j",
  async ({ payload }) => {
    expect((await run(issueCreate, { projectKey: "OPS", summary: "Not this", payload })).bodies).toEqual([WHOLE]);
  },
);

test("a payload that is empty is none", async () => {
  expect((await run(issueCreate, { ...ISSUE, payload: " " })).bodies).toHaveLength(1);
});

test("a payload that is no JSON is told with how to write it", async () => {
  const { message, received } = await run(issueCreate, { ...ISSUE, payload: '{"fields": ' });
  expect(message).toMatch(
    /^`payload` is no JSON: .*Write values in it as \{\{ value \| toJson \}\}, which quotes them\.$/,
  );
  expect(received).toEqual([]);
});

test("an issue without a summary is refused", async () => {
  expect((await run(issueCreate, { projectKey: "OPS" })).message).toBe(
    "The issue has no summary, which Jira wants of each. Give `summary`, or a `payload` with all fields.",
  );
});

test.each([
  [{ accessToken: "t" }, BASIC],
  [{ username: "", accessToken: "t" }, "Bearer t"],
  [{ password: " ", accessToken: "t" }, "Bearer t"],
])("with %j it is authorized by %j", async (credentials, authorization) => {
  expect(await run(issueCreate, { ...ISSUE, ...credentials }, authorization)).toMatchObject({ state: "SUCCESS" });
});

test("nobody is not asked for", async () => {
  const { message, received } = await run(issueCreate, { ...ISSUE, username: "", password: "" });
  expect(message).toBe("Jira takes no request without credentials. Give `username` and `password`, or `accessToken`.");
  expect(received).toEqual([]);
});

test("what Jira says of a wrong field is shown", async () => {
  const refused = { status: 400, body: { errorMessages: [], errors: { labels: "Field 'labels' cannot be set." } } };
  expect((await run(issueCreate, ISSUE, BASIC, refused)).message).toContain(
    `{"labels":"Field 'labels' cannot be set."}} — Check the fields: Jira takes only those`,
  );
});

test("a comment is written, whatever an older flow says of the issue", async () => {
  const { outputs, bodies } = await run(issueComment, { projectKey: "OPS", issueIdOrKey: "OPS-7", body: "Again." });
  expect(outputs).toEqual({ commentId: "20001" });
  expect(bodies).toEqual([{ body: "Again." }]);
});

test("a payload is the whole comment", async () => {
  const payload = { body: "For us.", visibility: { type: "role", value: "Developers" } };
  expect((await run(issueComment, { issueIdOrKey: "OPS-7", body: "Not this", payload })).bodies).toEqual([payload]);
});

test("fields are changed, whatever their kinds", async () => {
  const fields = { labels: ["a"], priority: { name: "High" }, customfield_10005: 3, description: null };
  const { state, bodies, world } = await run(issueUpdate, { issueIdOrKey: "OPS-7", fields });
  expect(state).toBe("SUCCESS");
  expect(bodies).toEqual([{ fields }]);
  expect(world.logs.map(({ message }) => message)).toEqual([
    "Changed labels, priority, customfield_10005, description of OPS-7.",
  ]);
});

test.each(["", ".."])("an issue %j is not asked for", async (issueIdOrKey) => {
  const { state, received } = await run(issueUpdate, { issueIdOrKey, fields: { labels: [] } });
  expect([state, received]).toEqual(["FAILED", []]);
});

test("no message has the password", async () => {
  const { message, world } = await run(issueCreate, ISSUE, "Bearer other");
  expect(message).toContain("status 401");
  expect(JSON.stringify([message, world.logs])).not.toMatch(new RegExp(`word|${BASIC.slice(6)}`));
});
