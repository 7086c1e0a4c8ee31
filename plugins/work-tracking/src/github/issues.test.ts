import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { type GithubAnswers, REPOSITORY, startGithub, TOKEN } from "../testing/github-api.ts";
import { issueComment } from "./issue-comment.ts";
import { issueCreate } from "./issue-create.ts";
import { workflowRun } from "./workflow-run.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");

async function run(task: TaskDefinition, properties: JsonMap, answers: GithubAnswers = {}) {
  await using github = await startGithub(answers);
  await using world = createTestWorld({ now: () => NOW });
  const written = { oauthToken: TOKEN, repository: REPOSITORY, endpoint: github.url, ...properties };
  return { ...(await world.run(task, written)), bodies: github.bodies, world };
}

const ISSUE = { title: "Rates are old" };

test("an issue is created with all that was given", async () => {
  const { outputs, bodies } = await run(issueCreate, {
    ...ISSUE,
    body: "As told.",
    labels: ["bug", "rates"],
    assignees: "octocat",
  });
  expect(outputs).toEqual({ issueUrl: "https://github.com/acme/billing/issues/7", issueNumber: 7 });
  expect(bodies).toEqual([
    { title: "Rates are old", body: "As told.", labels: ["bug", "rates"], assignees: ["octocat"] },
  ]);
});

test("what was not given is not sent", async () => {
  expect((await run(issueCreate, ISSUE)).bodies).toEqual([ISSUE]);
});

test("issue fields are named as people know them, or by their numbers", async () => {
  const { bodies } = await run(issueCreate, { ...ISSUE, fields: { customer: "Acme", 9: 3 } });
  expect(bodies).toEqual([
    {
      ...ISSUE,
      issue_field_values: [
        { field_id: 9, value: 3 },
        { field_id: 5, value: "Acme" },
      ],
    },
  ]);
});

test("an issue field that isn't there is told before anything is created", async () => {
  const { message, bodies } = await run(issueCreate, { ...ISSUE, fields: { Client: "Acme" } });
  expect(message).toBe('acme has no issue field "Client"; it has Customer, Effort.');
  expect(bodies).toEqual([]);
});

test.each([
  [{ oauthToken: "a", jwtToken: "b", appInstallationToken: "c" }, "Bearer a"],
  [{ oauthToken: "", jwtToken: "b", appInstallationToken: "c" }, "Bearer b"],
  [{ oauthToken: " ", appInstallationToken: "c", login: "octocat" }, "Bearer c"],
  [{ oauthToken: "" }, undefined],
])("with %j the request is authorized by %j", async (tokens, authorization) => {
  expect(await run(issueCreate, { ...ISSUE, ...tokens }, { authorization })).toMatchObject({ state: "SUCCESS" });
});

test.each(["billing", "acme/billing/issues", "https://github.com/acme/billing", "acme/..", ""])(
  "%j is no repository",
  async (repository) => {
    const { message } = await run(issueCreate, { ...ISSUE, repository });
    expect(message).toBe(`\`repository\` is "${repository}". Write it as owner/name, such as octocat/hello-world.`);
  },
);

const ISSUES = "POST /repos/acme/billing/issues";

test.each([
  [
    { status: 403, headers: { "retry-after": "60" } },
    "GitHub's secondary rate limit, of many requests at once, is reached. Give the task a `retry` with an interval of at least PT60S.",
  ],
  [
    {
      status: 403,
      headers: {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-limit": "5000",
        "x-ratelimit-resource": "core",
        "x-ratelimit-reset": String(NOW / 1_000 + 90),
      },
    },
    "GitHub's rate limit (core: 5000 requests) is used up. Give the task a `retry` with an interval of at least PT90S.",
  ],
  [{ status: 429 }, "Too many requests. Give the task a `retry` with an interval that grows."],
  [
    { status: 403, headers: { "x-ratelimit-remaining": "12" } },
    "The credentials are valid, but may not do this. Give them the right to, or take others.",
  ],
  [
    { status: 404 },
    "Check the names, and that the token may see the repository: GitHub answers the same for what is hidden from it.",
  ],
])("what to do about %j is told", async (answer, advice) => {
  const { message } = await run(issueCreate, ISSUE, { answers: { [ISSUES]: answer } });
  expect(message).toBe(`Creating an issue in acme/billing failed with status ${answer.status} and no body — ${advice}`);
});

test("whoever has no token is told so", async () => {
  const answers = { [ISSUES]: { status: 401 } };
  const { message } = await run(issueCreate, { ...ISSUE, oauthToken: "" }, { authorization: undefined, answers });
  expect(message).toContain("The request had no token. Give `oauthToken`, or that of a GitHub App.");
});

test("no message has the token", async () => {
  const { message, world } = await run(issueCreate, ISSUE, { authorization: "Bearer other" });
  expect(message).toContain("status 401");
  expect(JSON.stringify([message, world.logs])).not.toContain(TOKEN);
});

test("a comment is written", async () => {
  const { outputs, bodies } = await run(issueComment, { issueNumber: 7, body: "Again." });
  expect(outputs).toEqual({
    issueUrl: "https://github.com/acme/billing/issues/7",
    commentUrl: "https://github.com/acme/billing/issues/7#issuecomment-1",
  });
  expect(bodies).toEqual([{ body: "Again." }]);
});

test("a workflow is run with inputs that are texts", async () => {
  const inputs = { environment: "staging", fast: true, retries: 2, regions: ["eu", "us"] };
  const { state, bodies } = await run(workflowRun, { workflowId: "deploy.yml", ref: "main", inputs });
  expect(state).toBe("SUCCESS");
  expect(bodies).toEqual([
    { ref: "main", inputs: { environment: "staging", fast: "true", retries: "2", regions: '["eu","us"]' } },
  ]);
});

test("the name of a workflow stays one part of the path", async () => {
  const { message } = await run(workflowRun, { workflowId: "../../x", ref: "main" });
  expect(message).toContain("no POST /repos/acme/billing/actions/workflows/..%2F..%2Fx/dispatches");
});
