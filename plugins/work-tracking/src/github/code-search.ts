import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { searchTask, sorting } from "./search.ts";
import { qualifier } from "./search-query.ts";

const FORKS = { PARENT_AND_FORKS: "true", FORKS_ONLY: "only", PARENT_ONLY: undefined } as const;

/** Searches files by what is in them. */
export const codeSearch = searchTask({
  type: "io.kestra.plugin.github.code.Search",
  title: "Search code at GitHub",
  description:
    "It takes a token, and at least one word to search for beside the qualifiers. Only default branches are searched.",
  noun: "files",
  path: "/search/code",
  properties: () => ({
    repository: text().optional().describe("Only in this repository, as owner/name."),
    user: text().optional().describe("Only in repositories of this account."),
    in: text().optional().describe("Where the words are: file (in the contents) or path; both with a comma between."),
    language: text().optional().describe("Only files in this language."),
    extension: text().optional().describe("Only files that end so, such as yml."),
    filename: text().optional().describe("Only files of this name."),
    path: text().optional().describe("Only files in this folder."),
    size: text().optional().describe("How many bytes the file has: a number, or a range such as >1000."),
    fork: dynamic(z.enum(["PARENT_AND_FORKS", "FORKS_ONLY", "PARENT_ONLY"]))
      .optional()
      .describe("Whether forks are searched: PARENT_AND_FORKS, FORKS_ONLY or PARENT_ONLY. Default: PARENT_ONLY."),
    ...sorting(["BEST_MATCH", "INDEXED"]),
  }),
  qualifiers: ({ repository, user, in: where, language, extension, filename, path, size, fork }) => [
    qualifier("repo", repository),
    qualifier("user", user),
    qualifier("in", where),
    qualifier("language", language),
    qualifier("extension", extension),
    qualifier("filename", filename),
    qualifier("path", path),
    qualifier("size", size),
    qualifier("fork", fork === undefined ? undefined : FORKS[fork]),
  ],
  item: () =>
    z.object({
      name: z.string(),
      path: z.string(),
      sha: z.string(),
      html_url: z.string(),
      git_url: z.string(),
      repository: z.object({ name: z.string(), html_url: z.string() }),
    }),
  row: ({ repository, name, path, sha, git_url, html_url }) => ({
    repository_name: repository.name,
    repository_url: repository.html_url,
    name,
    sha,
    git_url,
    path,
    url: html_url,
  }),
  example: {
    title: "Which flows use a type",
    code:
      'oauthToken: "{{ secret(\'GITHUB_TOKEN\') }}"\nquery: "\\"core.http.Request\\""\nrepository: acme/flows\nextension: yml\n' +
      "fetchType: FETCH\n",
  },
});
