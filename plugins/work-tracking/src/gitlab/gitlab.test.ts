import { type JsonMap, readRecords, type TaskDefinition } from "@capstan/sdk";
import { createTestWorld, type Route, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { issueCreate } from "./issue-create.ts";
import { issueSearch } from "./issue-search.ts";
import { mergeRequestCreate } from "./merge-request-create.ts";

const TOKEN = "glpat-test";
const PROJECT = "/api/v4/projects/acme%2Fbilling";

/** As GitLab's API documents what it takes. */
const routes = (total: number): Record<string, Route> => ({
  [`POST ${PROJECT}/issues`]: {
    body: z.strictObject({ title: z.string(), description: z.string().optional(), labels: z.string().optional() }),
    answer: { status: 201, body: { id: 71, iid: 7, web_url: "https://gitlab.com/acme/billing/-/issues/7" } },
  },
  [`POST ${PROJECT}/merge_requests`]: {
    body: z.strictObject({
      title: z.string(),
      source_branch: z.string(),
      target_branch: z.string(),
      description: z.string().optional(),
    }),
    answer: { status: 201, body: { id: 81, iid: 8, web_url: "https://gitlab.com/acme/billing/-/merge_requests/8" } },
  },
  [`GET ${PROJECT}/issues`]: {
    params: z.strictObject({
      state: z.enum(["opened", "closed", "all"]),
      search: z.string().optional(),
      labels: z.string().optional(),
      per_page: z.coerce.number().max(100),
      page: z.coerce.number(),
    }),
    answer: ({ params }) => {
      const [perPage, page] = [Number(params.get("per_page")), Number(params.get("page"))];
      const left = total - (page - 1) * perPage;
      const body = Array.from({ length: Math.min(perPage, left) }, (_none, index) => ({
        iid: left - index,
        title: "Old",
      }));
      return { headers: { "x-next-page": left > perPage ? String(page + 1) : "" }, body };
    },
  },
});

async function run(task: TaskDefinition, properties: JsonMap, { total = 1, token = TOKEN } = {}) {
  await using gitlab = await startStrictServer((headers) => headers["private-token"] === token, routes(total));
  await using world = createTestWorld();
  const written = { url: gitlab.url, token: TOKEN, projectId: "acme/billing", ...properties };
  const outcome = await world.run(task, written);
  return { ...outcome, bodies: gitlab.bodies, params: gitlab.params, world };
}

test("an issue is created", async () => {
  const { outputs, bodies } = await run(issueCreate, {
    title: "Old",
    issueDescription: "As told.",
    labels: ["bug", "rates"],
  });
  expect(outputs).toEqual({
    issueId: "71",
    issueIid: 7,
    webUrl: "https://gitlab.com/acme/billing/-/issues/7",
    statusCode: 201,
  });
  expect(bodies).toEqual([{ title: "Old", description: "As told.", labels: "bug,rates" }]);
});

test.each([{ projectId: "acme%2Fbilling" }, { apiPath: "api/v4/projects/" }])(
  "with %j it is the same project",
  async (written) => {
    expect((await run(issueCreate, { title: "Old", ...written })).message).toBeUndefined();
  },
);

test("a merge request is created", async () => {
  const { outputs, bodies } = await run(mergeRequestCreate, {
    title: "New",
    sourceBranch: "rates",
    targetBranch: "main",
    mergeRequestDescription: "As told.",
  });
  expect(outputs).toEqual({
    mergeReqID: "81",
    webUrl: "https://gitlab.com/acme/billing/-/merge_requests/8",
    statusCode: 201,
  });
  expect(bodies).toEqual([{ title: "New", source_branch: "rates", target_branch: "main", description: "As told." }]);
});

test("open issues are found, if nothing else is said", async () => {
  const { outputs, params } = await run(issueSearch, {});
  expect(outputs).toEqual({ issues: [{ iid: 1, title: "Old" }], count: 1, statusCode: 200 });
  expect(params).toEqual([{ state: "opened", per_page: "100", page: "1" }]);
});

test("what is searched for goes to GitLab", async () => {
  const { params } = await run(issueSearch, { search: "rates & more", state: "all", labels: ["bug", "a b"] });
  expect(params).toEqual([{ state: "all", search: "rates & more", labels: "bug,a b", per_page: "100", page: "1" }]);
});

test("the issues of all pages are stored", async () => {
  const { outputs, params, world } = await run(issueSearch, { fetchType: "STORE" }, { total: 250 });
  expect(outputs).toMatchObject({ count: 250, statusCode: 200 });
  expect(await Array.fromAsync(readRecords(await world.files.read(outputs!["uri"] as string)))).toHaveLength(250);
  expect(params.map(({ page }) => page)).toEqual(["1", "2", "3"]);
});

test.each([
  [3, { issues: [{ iid: 3, title: "Old" }], count: 1, statusCode: 200 }],
  [0, { issues: [], count: 0, statusCode: 200 }],
])("of %d issues the newest one is asked for alone", async (total, outputs) => {
  const { outputs: got, params } = await run(issueSearch, { fetchType: "FETCH_ONE" }, { total });
  expect(got).toEqual(outputs);
  expect(params).toEqual([{ state: "opened", per_page: "1", page: "1" }]);
});

test("issues that are only counted are no output", async () => {
  expect((await run(issueSearch, { fetchType: "NONE" }, { total: 2 })).outputs).toEqual({ count: 2, statusCode: 200 });
});

test("a project that can't be seen is told with what to check", async () => {
  const { message } = await run(issueCreate, { title: "Old", projectId: "7" });
  expect(message).toContain("Creating an issue in 7 failed with status 404");
  expect(message).toContain("Check `projectId`, and that the token may see the project");
});

test("no message has the token", async () => {
  const { message, world } = await run(issueCreate, { title: "Old" }, { token: "other" });
  expect(message).toContain("status 401");
  expect(JSON.stringify([message, world.logs])).not.toContain(TOKEN);
});
