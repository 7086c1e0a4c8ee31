import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { issueItem, issueRow } from "./issue-item.ts";
import { searchTask, sorting } from "./search.ts";
import { asTerm, flag, qualifier } from "./search-query.ts";

const DATES = "A date, or a range such as >=2026-01-01 or 2026-01-01..2026-01-31.";

/** Searches pull requests. */
export const pullSearch = searchTask({
  type: "io.kestra.plugin.github.pulls.Search",
  title: "Search pull requests at GitHub",
  description: "A row has no names of branches: GitHub's search doesn't give them.",
  noun: "pull requests",
  path: "/search/issues",
  properties: () => ({
    repository: text().optional().describe("Only in this repository, as owner/name."),
    title: text().optional().describe("Only those with this in their title."),
    mentions: text().optional().describe("Only those that mention this account."),
    reviewRequested: text().optional().describe("Only those that this account is asked to review."),
    assigned: text().optional().describe("Only those that this account is to work on."),
    author: text().optional().describe("Only those of this account."),
    createdByMe: dynamic(z.boolean()).optional().describe("Whether to find only those of the token's account."),
    open: dynamic(z.boolean()).optional().describe("Whether to find only open ones."),
    closed: dynamic(z.boolean()).optional().describe("Whether to find only closed ones, merged or not."),
    merged: dynamic(z.boolean()).optional().describe("Whether to find only merged ones."),
    draft: dynamic(z.boolean()).optional().describe("Whether to find only drafts."),
    createdAt: text().optional().describe(`When it was created. ${DATES}`),
    updatedAt: text().optional().describe(`When it was changed last. ${DATES}`),
    closedAt: text().optional().describe(`When it was closed. ${DATES}`),
    commit: text().optional().describe("Only those with this commit: seven digits of its hash at least."),
    base: text().optional().describe("Only those into this branch."),
    head: text().optional().describe("Only those from this branch."),
    ...sorting(["CREATED", "UPDATED", "COMMENTS"]),
  }),
  qualifiers: (wanted) => [
    "is:pr",
    qualifier("repo", wanted.repository),
    asTerm(wanted.title),
    flag("in:title", asTerm(wanted.title) !== undefined),
    qualifier("mentions", wanted.mentions),
    qualifier("review-requested", wanted.reviewRequested),
    qualifier("assignee", wanted.assigned),
    qualifier("author", wanted.author),
    flag("author:@me", wanted.createdByMe),
    flag("is:open", wanted.open),
    flag("is:closed", wanted.closed),
    flag("is:merged", wanted.merged),
    flag("draft:true", wanted.draft),
    qualifier("created", wanted.createdAt),
    qualifier("updated", wanted.updatedAt),
    qualifier("closed", wanted.closedAt),
    asTerm(wanted.commit),
    qualifier("base", wanted.base),
    qualifier("head", wanted.head),
  ],
  item: issueItem,
  row: (item) => ({ ...issueRow(item), draft: item.draft ?? false, merged_at: item.pull_request?.merged_at ?? null }),
  example: {
    title: "What was merged into main in January",
    code:
      "oauthToken: \"{{ secret('GITHUB_TOKEN') }}\"\nrepository: acme/billing\nmerged: true\nbase: main\n" +
      "closedAt: 2026-01-01..2026-01-31\n",
  },
});
