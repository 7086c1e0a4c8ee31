import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { issueItem, issueRow } from "./issue-item.ts";
import { searchTask, sorting } from "./search.ts";
import { flag, qualifier } from "./search-query.ts";

/** Whether a query says itself what it is for: issues, pull requests, or both. */
const SAYS_WHICH = /(?:^|\s)-?(?:is|type):(?:issue|pr|pull-request)(?:\s|$)/i;

/** Searches issues. */
export const issueSearch = searchTask({
  type: "io.kestra.plugin.github.issues.Search",
  title: "Search issues at GitHub",
  description: "Pull requests are left out, unless `query` asks for them (`is:pr`) or `merged` is set.",
  noun: "issues",
  path: "/search/issues",
  properties: () => ({
    repository: text().optional().describe("Only in this repository, as owner/name."),
    mentions: text().optional().describe("Only those that mention this account."),
    open: dynamic(z.boolean()).optional().describe("Whether to find only open ones."),
    closed: dynamic(z.boolean()).optional().describe("Whether to find only closed ones."),
    merged: dynamic(z.boolean()).optional().describe("Whether to find only merged ones, which are pull requests."),
    ...sorting(["CREATED", "UPDATED", "COMMENTS"]),
  }),
  qualifiers: ({ repository, mentions, open, closed, merged }, query) => [
    qualifier("repo", repository),
    qualifier("mentions", mentions),
    flag("is:open", open),
    flag("is:closed", closed),
    flag("is:merged", merged),
    // GitHub refuses queries of some tokens that don't say which of both they are for.
    SAYS_WHICH.test(query) ? undefined : merged === true ? "is:pr" : "is:issue",
  ],
  item: issueItem,
  row: issueRow,
  example: {
    title: "All open bugs, as a file",
    code: "oauthToken: \"{{ secret('GITHUB_TOKEN') }}\"\nrepository: acme/billing\nquery: label:bug\nopen: true\n",
  },
});
