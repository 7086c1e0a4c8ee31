import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { searchTask, sorting } from "./search.ts";
import { qualifier } from "./search-query.ts";

const DATES = "A date, or a range such as >=2026-01-01.";

/** Searches commits. */
export const commitSearch = searchTask({
  type: "io.kestra.plugin.github.commits.Search",
  title: "Search commits at GitHub",
  description: "Only default branches are searched.",
  noun: "commits",
  path: "/search/commits",
  properties: () => ({
    repository: text().optional().describe("Only in this repository, as owner/name."),
    user: text().optional().describe("Only in repositories of this account."),
    org: text().optional().describe("Only in repositories of this organization."),
    is: text().optional().describe("Only in repositories that are public, private or internal."),
    hash: text().optional().describe("The commit of this hash."),
    parent: text().optional().describe("Commits behind the one of this hash."),
    tree: text().optional().describe("Commits with the tree of this hash."),
    author: text().optional().describe("Only those that this account wrote."),
    authorName: text().optional().describe("Only those with this in the name of the author."),
    authorEmail: text().optional().describe("Only those with this address of the author."),
    authorDate: text().optional().describe(`When it was written. ${DATES}`),
    committer: text().optional().describe("Only those that this account committed."),
    committerName: text().optional().describe("Only those with this in the name of the committer."),
    committerEmail: text().optional().describe("Only those with this address of the committer."),
    committerDate: text().optional().describe(`When it was committed. ${DATES}`),
    merge: dynamic(z.boolean()).optional().describe("Only merge commits (true), or none of them (false)."),
    ...sorting(["COMMITTER_DATE", "AUTHOR_DATE"]),
  }),
  qualifiers: (wanted) => [
    qualifier("repo", wanted.repository),
    qualifier("user", wanted.user),
    qualifier("org", wanted.org),
    qualifier("is", wanted.is),
    qualifier("hash", wanted.hash),
    qualifier("parent", wanted.parent),
    qualifier("tree", wanted.tree),
    qualifier("author", wanted.author),
    qualifier("author-name", wanted.authorName),
    qualifier("author-email", wanted.authorEmail),
    qualifier("author-date", wanted.authorDate),
    qualifier("committer", wanted.committer),
    qualifier("committer-name", wanted.committerName),
    qualifier("committer-email", wanted.committerEmail),
    qualifier("committer-date", wanted.committerDate),
    qualifier("merge", wanted.merge === undefined ? undefined : String(wanted.merge)),
  ],
  item: () =>
    z.object({
      sha: z.string(),
      html_url: z.string(),
      author: z.object({ login: z.string() }).nullable(),
      committer: z.object({ login: z.string().optional() }).nullable(),
      commit: z.object({
        message: z.string(),
        author: z.object({ date: z.string() }),
        committer: z.object({ date: z.string().optional() }).nullable(),
        tree: z.object({ sha: z.string(), url: z.string() }),
      }),
      repository: z.object({ name: z.string() }),
    }),
  row: ({ sha, html_url, author, committer, commit, repository }) => ({
    sha,
    author: author?.login ?? null,
    committer: committer?.login ?? null,
    authored_date: commit.author.date,
    commit_date: commit.committer?.date ?? null,
    repository: repository.name,
    message: commit.message,
    tree_sha: commit.tree.sha,
    tree_url: commit.tree.url,
    url: html_url,
  }),
  example: {
    title: "What was changed since yesterday",
    code:
      "oauthToken: \"{{ secret('GITHUB_TOKEN') }}\"\nrepository: acme/billing\nmerge: false\n" +
      "committerDate: \">={{ execution.startDate | dateAdd(-1, 'DAYS') | date('yyyy-MM-dd') }}\"\norder: DESC\n",
  },
});
