import { type Answer, type Route, startStrictServer, strictly } from "@capstan/sdk/test-kit";
import type { components, operations } from "@octokit/openapi-types";
import { z } from "zod";

type Body<Operation extends keyof operations> = operations[Operation] extends {
  requestBody?: { content: { "application/json": infer Json } };
}
  ? Json
  : never;
type Query<Operation extends keyof operations> = operations[Operation] extends {
  parameters: { query: infer Parameters };
}
  ? Parameters
  : never;
type Schemas = components["schemas"];

export const TOKEN = "ghp_test";
export const REPOSITORY = "acme/billing";
const PAGE = "https://github.com/acme/billing";

const issue = strictly<Body<"issues/create">>()({
  title: z.string(),
  body: z.string().optional(),
  labels: z.array(z.string()).optional(),
  assignees: z.array(z.string()).optional(),
  issue_field_values: z
    .array(z.strictObject({ field_id: z.number(), value: z.union([z.string(), z.number(), z.array(z.string())]) }))
    .optional(),
});

const pull = strictly<Body<"pulls/create">>()({
  title: z.string(),
  head: z.string(),
  base: z.string(),
  body: z.string().optional(),
  maintainer_can_modify: z.boolean().optional(),
  draft: z.boolean().optional(),
});

const order = z.enum(["asc", "desc"]).optional();
const page = { q: z.string().min(1), per_page: z.coerce.number().min(1).max(100), page: z.coerce.number().min(1) };

const SEARCHES = {
  "/search/issues": strictly<Query<"search/issues-and-pull-requests">>()({
    ...page,
    order,
    sort: z.enum(["created", "updated", "comments"]).optional(),
  }),
  "/search/repositories": strictly<Query<"search/repos">>()({
    ...page,
    order,
    sort: z.enum(["stars", "forks", "updated"]).optional(),
  }),
  "/search/code": strictly<Query<"search/code">>()({ ...page, order, sort: z.enum(["indexed"]).optional() }),
  "/search/commits": strictly<Query<"search/commits">>()({
    ...page,
    order,
    sort: z.enum(["author-date", "committer-date"]).optional(),
  }),
  "/search/users": strictly<Query<"search/users">>()({
    ...page,
    order,
    sort: z.enum(["followers", "repositories", "joined"]).optional(),
  }),
  "/search/topics": strictly<Query<"search/topics">>()(page),
} satisfies Record<string, z.ZodType>;

const USER = { login: "octocat" } as Schemas["simple-user"];

export const FOUND_ISSUE = {
  number: 7,
  title: "Rates are old",
  body: "As told.",
  state: "closed",
  state_reason: "completed",
  user: USER,
  assignee: null,
  assignees: [{ login: "hubot" } as Schemas["simple-user"]],
  labels: [{ name: "bug" }, { name: "rates" }],
  comments: 2,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-03T00:00:00Z",
  closed_at: "2026-01-02T00:00:00Z",
  html_url: `${PAGE}/issues/7`,
  repository_url: "https://api.github.com/repos/acme/billing",
} satisfies Partial<Schemas["issue-search-result-item"]>;

export const FOUND_PULL = {
  ...FOUND_ISSUE,
  html_url: `${PAGE}/pull/7`,
  draft: false,
  pull_request: {
    merged_at: "2026-01-02T00:00:00Z",
    url: `https://api.github.com/repos/acme/billing/pulls/7`,
    html_url: `${PAGE}/pull/7`,
    diff_url: null,
    patch_url: null,
  },
} satisfies Partial<Schemas["issue-search-result-item"]>;

export const FOUND_REPOSITORY = {
  name: "billing",
  full_name: REPOSITORY,
  html_url: PAGE,
  description: null,
  owner: { login: "acme" } as Schemas["simple-user"],
  forks_count: 3,
  stargazers_count: 12,
  open_issues_count: 4,
  created_at: "2020-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
  language: "Java",
} satisfies Partial<Schemas["repo-search-result-item"]>;

const IN_REPOSITORY = { name: "billing", html_url: PAGE } as Schemas["minimal-repository"];

export const FOUND_FILE = {
  name: "rates.yml",
  path: "flows/rates.yml",
  sha: "f1",
  html_url: `${PAGE}/blob/main/flows/rates.yml`,
  git_url: "https://api.github.com/repos/acme/billing/git/blobs/f1",
  repository: IN_REPOSITORY,
} satisfies Partial<Schemas["code-search-result-item"]>;

export const FOUND_COMMIT = {
  sha: "c1",
  html_url: `${PAGE}/commit/c1`,
  author: USER,
  committer: null,
  commit: {
    message: "Update the rates",
    author: { name: "Octo", email: "octo@example.com", date: "2026-01-01T00:00:00Z" },
    committer: { name: "Octo", email: "octo@example.com", date: "2026-01-02T00:00:00Z" },
    tree: { sha: "t1", url: "https://api.github.com/repos/acme/billing/git/trees/t1" },
    url: "https://api.github.com/repos/acme/billing/git/commits/c1",
    comment_count: 0,
  },
  repository: IN_REPOSITORY,
} satisfies Partial<Schemas["commit-search-result-item"]>;

export const FOUND_USER = {
  login: "octocat",
  html_url: "https://github.com/octocat",
  type: "User",
} satisfies Partial<Schemas["user-search-result-item"]>;

export const FOUND_TOPIC = {
  name: "orchestration",
  display_name: "Orchestration",
  short_description: "Doing things in order",
  description: null,
  created_by: null,
  released: null,
  created_at: "2020-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
  featured: true,
  curated: true,
  score: 1,
} satisfies Partial<Schemas["topic-search-result-item"]>;

const FOUND: Record<keyof typeof SEARCHES, unknown> = {
  "/search/issues": FOUND_ISSUE,
  "/search/repositories": FOUND_REPOSITORY,
  "/search/code": FOUND_FILE,
  "/search/commits": FOUND_COMMIT,
  "/search/users": FOUND_USER,
  "/search/topics": FOUND_TOPIC,
};

export interface GithubAnswers {
  /** How many results each search has. */
  readonly total?: number;
  readonly found?: unknown;
  readonly incomplete?: boolean;
  /** Answers of its routes in place of the usual ones. */
  readonly answers?: Readonly<Record<string, Answer>>;
  /** What the request's `Authorization` must be; undefined for none. */
  readonly authorization?: string | undefined;
}

/** GitHub, with one repository. */
export function startGithub(options: GithubAnswers = {}) {
  const { answers = {} } = options;
  const authorization = "authorization" in options ? options.authorization : `Bearer ${TOKEN}`;
  const routes: Record<string, Route> = {
    "GET /orgs/acme/issue-fields": {
      answer: {
        body: [
          { id: 5, name: "Customer" },
          { id: 6, name: "Effort" },
        ],
      },
    },
    "POST /repos/acme/billing/issues": {
      body: issue,
      answer: { status: 201, body: { number: 7, html_url: `${PAGE}/issues/7` } },
    },
    "POST /repos/acme/billing/issues/7/comments": {
      body: strictly<Body<"issues/create-comment">>()({ body: z.string() }),
      answer: { status: 201, body: { html_url: `${PAGE}/issues/7#issuecomment-1` } },
    },
    "POST /repos/acme/billing/pulls": {
      body: pull,
      answer: {
        status: 201,
        body: {
          number: 8,
          html_url: `${PAGE}/pull/8`,
          issue_url: "https://api.github.com/repos/acme/billing/issues/8",
        },
      },
    },
    "POST /repos/acme/billing/pulls/8/requested_reviewers": {
      body: strictly<Body<"pulls/request-reviewers">>()({ reviewers: z.array(z.string()).min(1) }),
      answer: { status: 201, body: { number: 8 } },
    },
    "POST /repos/acme/billing/actions/workflows/deploy.yml/dispatches": {
      body: strictly<Body<"actions/create-workflow-dispatch">>()({
        ref: z.string(),
        inputs: z.record(z.string(), z.string()).optional(),
      }),
      answer: { status: 204 },
    },
    ...Object.fromEntries(
      Object.entries(SEARCHES).map(([path, params]) => [
        `GET ${path}`,
        {
          params,
          answer: ({ params: asked }) => pageOf(asked, options, path as keyof typeof SEARCHES),
        } satisfies Route,
      ]),
    ),
  };
  for (const [route, answer] of Object.entries(answers)) routes[route] = { ...routes[route], answer };
  return startStrictServer(
    (headers) =>
      headers.authorization === authorization &&
      headers.accept === "application/vnd.github+json" &&
      headers["x-github-api-version"] === "2022-11-28",
    routes,
  );
}

/** As GitHub does: no page reaches beyond the first thousand. */
function pageOf(
  params: URLSearchParams,
  { total = 1, found, incomplete = false }: GithubAnswers,
  path: keyof typeof SEARCHES,
): Answer {
  const [perPage, asked] = [Number(params.get("per_page")), Number(params.get("page"))];
  const start = (asked - 1) * perPage;
  if (start + perPage > 1_000)
    return { status: 422, body: { message: "Only the first 1000 search results are available" } };
  const count = Math.max(0, Math.min(perPage, total - start));
  const items = Array.from({ length: count }, () => found ?? FOUND[path]);
  return { body: { total_count: total, incomplete_results: incomplete, items } };
}
