import { type JsonMap, readRecords, type TaskDefinition } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { FOUND_PULL, FOUND_USER, type GithubAnswers, startGithub, TOKEN } from "../testing/github-api.ts";
import { codeSearch } from "./code-search.ts";
import { commitSearch } from "./commit-search.ts";
import { issueSearch } from "./issue-search.ts";
import { pullSearch } from "./pull-search.ts";
import { repositorySearch } from "./repository-search.ts";
import { SEARCH_ROWS_MAX } from "./search.ts";
import { topicSearch } from "./topic-search.ts";
import { userSearch } from "./user-search.ts";

async function search(task: TaskDefinition, properties: JsonMap, answers: GithubAnswers = {}) {
  await using github = await startGithub(answers);
  await using world = createTestWorld();
  const outcome = await world.run(task, { oauthToken: TOKEN, endpoint: github.url, ...properties });
  return { ...outcome, params: github.params, world };
}

test.each<[string, TaskDefinition, JsonMap, string, string | undefined]>([
  [
    "issues",
    issueSearch,
    { query: "rates", repository: "acme/billing" },
    "rates repo:acme/billing is:issue",
    "created",
  ],
  ["issues", issueSearch, { mentions: "me", open: true, closed: false }, "mentions:me is:open is:issue", "created"],
  ["issues", issueSearch, { query: "is:pr x", sort: "UPDATED" }, "is:pr x", "updated"],
  ["issues", issueSearch, { merged: true, sort: "COMMENTS" }, "is:merged is:pr", "comments"],
  [
    "pull requests",
    pullSearch,
    {
      title: "new rates",
      reviewRequested: "me",
      assigned: "you",
      author: "them",
      createdByMe: true,
      draft: true,
      createdAt: ">=2026-01-01",
      updatedAt: "2026-01-01..2026-02-01",
      closedAt: "<2026-03-01",
      commit: "e1109ab",
      base: "main",
      head: "rates",
    },
    'is:pr "new rates" in:title review-requested:me assignee:you author:them author:@me draft:true created:>=2026-01-01 ' +
      "updated:2026-01-01..2026-02-01 closed:<2026-03-01 e1109ab base:main head:rates",
    "created",
  ],
  [
    "repositories",
    repositorySearch,
    {
      query: "org:acme",
      language: "java",
      topic: "money",
      created: ">2020",
      stars: "1..9",
      user: "a",
      visibility: "PUBLIC",
    },
    "org:acme user:a language:java topic:money created:>2020 stars:1..9 is:public",
    "updated",
  ],
  ["repositories", repositorySearch, { repository: "acme/billing", sort: "STARS" }, "repo:acme/billing", "stars"],
  [
    "files",
    codeSearch,
    { query: "x", user: "a", in: "file", language: "js", extension: "js", filename: "a.js", path: "src", size: ">1" },
    "x user:a in:file language:js extension:js filename:a.js path:src size:>1",
    undefined,
  ],
  ["files", codeSearch, { query: "x", fork: "PARENT_AND_FORKS", sort: "INDEXED" }, "x fork:true", "indexed"],
  ["files", codeSearch, { query: "x", fork: "FORKS_ONLY" }, "x fork:only", undefined],
  ["files", codeSearch, { query: "x", fork: "PARENT_ONLY" }, "x", undefined],
  [
    "commits",
    commitSearch,
    {
      is: "public",
      hash: "h",
      parent: "p",
      tree: "t",
      user: "u",
      org: "o",
      author: "a",
      authorName: "Al B",
      merge: false,
    },
    'user:u org:o is:public hash:h parent:p tree:t author:a author-name:"Al B" merge:false',
    "committer-date",
  ],
  [
    "commits",
    commitSearch,
    {
      authorEmail: "a@b.c",
      authorDate: ">2026-01-01",
      committer: "c",
      committerName: "C",
      committerEmail: "c@b.c",
      committerDate: "<2026-02-01",
      sort: "AUTHOR_DATE",
    },
    "author-email:a@b.c author-date:>2026-01-01 committer:c committer-name:C committer-email:c@b.c committer-date:<2026-02-01",
    "author-date",
  ],
  [
    "accounts",
    userSearch,
    {
      in: "login",
      language: "java",
      location: "San Jose",
      created: ">2020",
      repositories: 3,
      followers: ">1",
      accountType: "ORGANIZATION",
    },
    'in:login language:java location:"San Jose" created:>2020 repos:3 followers:>1 type:org',
    "joined",
  ],
  [
    "topics",
    topicSearch,
    { query: "flow", is: "NOT_CURATED", repositories: ">100", order: "DESC" },
    "flow is:not-curated repositories:>100",
    undefined,
  ],
])("of %s: %# makes its query", async (_noun, task, properties, q, sort) => {
  const { state, message, params } = await search(task, properties);
  expect([state, message]).toEqual(["SUCCESS", undefined]);
  expect(params[0]).toEqual({ q, per_page: "100", page: "1", ...(sort !== undefined && { sort, order: "asc" }) });
});

test.each([
  ['say "no"', String.raw`author-name:"say \"no\""`],
  ["x repo:other/secret", 'author-name:"x repo:other/secret"'],
  ['"Al B"', 'author-name:"Al B"'],
  [" ", undefined],
])("a name of %j adds no other qualifier", async (authorName, expected) => {
  const { params } = await search(commitSearch, { query: "x", authorName });
  expect(params[0]?.["q"]).toBe(expected === undefined ? "x" : `x ${expected}`);
});

const ISSUE_ROW = {
  number: 7,
  title: "Rates are old",
  body: "As told.",
  state: "CLOSED",
  state_reason: "COMPLETED",
  owner: "octocat",
  assignee: null,
  assignees: ["hubot"],
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-03T00:00:00Z",
  closed_at: "2026-01-02T00:00:00Z",
  comments: 2,
  labels: ["bug", "rates"],
  repository_name: "billing",
  repository_url: "https://github.com/acme/billing",
  url: "https://github.com/acme/billing/issues/7",
};

test.each<[string, TaskDefinition, Record<string, unknown>, unknown]>([
  ["issue", issueSearch, ISSUE_ROW, undefined],
  [
    "pull request",
    pullSearch,
    { ...ISSUE_ROW, url: "https://github.com/acme/billing/pull/7", draft: false, merged_at: "2026-01-02T00:00:00Z" },
    FOUND_PULL,
  ],
  [
    "repository",
    repositorySearch,
    {
      name: "billing",
      full_name: "acme/billing",
      url: "https://github.com/acme/billing",
      description: null,
      owner: "acme",
      task_count: 3,
      forks_count: 3,
      stars_count: 12,
      issues_count: 4,
      updated: "2026-01-01T00:00:00Z",
      created: "2020-01-01T00:00:00Z",
      language: "Java",
    },
    undefined,
  ],
  [
    "file",
    codeSearch,
    {
      repository_name: "billing",
      repository_url: "https://github.com/acme/billing",
      name: "rates.yml",
      sha: "f1",
      git_url: "https://api.github.com/repos/acme/billing/git/blobs/f1",
      path: "flows/rates.yml",
      url: "https://github.com/acme/billing/blob/main/flows/rates.yml",
    },
    undefined,
  ],
  [
    "commit",
    commitSearch,
    {
      sha: "c1",
      author: "octocat",
      committer: null,
      authored_date: "2026-01-01T00:00:00Z",
      commit_date: "2026-01-02T00:00:00Z",
      repository: "billing",
      message: "Update the rates",
      tree_sha: "t1",
      tree_url: "https://api.github.com/repos/acme/billing/git/trees/t1",
      url: "https://github.com/acme/billing/commit/c1",
    },
    undefined,
  ],
  ["account", userSearch, { username: "octocat", url: "https://github.com/octocat", type: "User" }, undefined],
  [
    "topic",
    topicSearch,
    expect.objectContaining({ name: "orchestration", featured: true, short_description: "Doing things in order" }),
    undefined,
  ],
])("a row of a found %s", async (_noun, task, row, found) => {
  const { outputs } = await search(task, { query: "x", fetchType: "FETCH" }, { found });
  expect(outputs).toEqual({ rows: [row], size: 1, total: 1 });
});

test("all pages are stored up to what GitHub gives, and it is told what is missing", async () => {
  const { outputs, params, world } = await search(userSearch, { query: "x" }, { total: 4_321 });
  expect(outputs).toMatchObject({ size: SEARCH_ROWS_MAX, total: 4_321 });
  const records = await Array.fromAsync(readRecords(await world.files.read(outputs!["uri"] as string)));
  expect(records.length).toBe(SEARCH_ROWS_MAX);
  expect(params.map(({ page }) => page)).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
  expect(world.logs).toContainEqual({
    level: "WARN",
    message: "Of 4321 accounts, GitHub gives the first 1000. A narrower query finds the others.",
  });
  expect(world.metrics).toEqual([{ name: "records", type: "counter", value: SEARCH_ROWS_MAX }]);
});

test.each([
  [0, 1],
  [99, 1],
  [100, 2],
  [101, 2],
])("%d results are asked for in %d pages", async (total, pages) => {
  const { outputs, params } = await search(userSearch, { query: "x" }, { total });
  expect([outputs?.["size"], params.length]).toEqual([total, pages]);
});

test.each([
  ["FETCH_ONE", { row: { username: "octocat" }, size: 1, total: 5 }],
  ["NONE", { size: 5, total: 5 }],
])("%s asks for one row only", async (fetchType, outputs) => {
  const { outputs: got, params } = await search(userSearch, { query: "x", fetchType }, { total: 5 });
  expect(got).toMatchObject(outputs);
  expect(params.map((asked) => asked["per_page"])).toEqual(["1"]);
});

test("a search that ran out of time is told", async () => {
  const { world } = await search(issueSearch, { query: "x" }, { incomplete: true });
  expect(world.logs).toContainEqual({
    level: "WARN",
    message: "GitHub ran out of time and gave what it had found until then. A narrower query finds all.",
  });
});

test("a search for nothing is refused", async () => {
  expect((await search(userSearch, { query: " ", in: "" })).message).toBe(
    "There is nothing to search for: give `query`, or a property that narrows it.",
  );
});

test("a killed search ends while it waits for its second page", async () => {
  const killed = new AbortController();
  const page = { total_count: 200, incomplete_results: false, items: Array.from({ length: 100 }, () => FOUND_USER) };
  await using github = await startServer((request, response) => {
    if (request.url?.endsWith("page=1") === true) response.end(JSON.stringify(page));
    else killed.abort(new Error("killed"));
  });
  await using world = createTestWorld({ signal: killed.signal });
  const { state, message } = await world.run(userSearch, { query: "x", endpoint: github.url });
  expect([state, message, github.received.length]).toEqual(["FAILED", "killed", 2]);
});
