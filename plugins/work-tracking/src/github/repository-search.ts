import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { searchTask, sorting } from "./search.ts";
import { qualifier } from "./search-query.ts";

/** Searches repositories. */
export const repositorySearch = searchTask({
  type: "io.kestra.plugin.github.repositories.Search",
  title: "Search repositories at GitHub",
  noun: "repositories",
  path: "/search/repositories",
  properties: () => ({
    repository: text().optional().describe("This repository, as owner/name."),
    user: text().optional().describe("Only those of this account. Those of an organization: `query: org:NAME`."),
    language: text().optional().describe("Only those in this language."),
    topic: text().optional().describe("Only those with this topic."),
    created: text().optional().describe("When it was made: a date, or a range such as >=2026-01-01."),
    stars: text().optional().describe("How many stars it has: a number, or a range such as >100 or 10..50."),
    visibility: dynamic(z.enum(["PUBLIC", "PRIVATE", "INTERNAL"]))
      .optional()
      .describe("Only PUBLIC, PRIVATE or INTERNAL ones. Default: all that the token may see."),
    ...sorting(["UPDATED", "STARS", "FORKS"]),
  }),
  qualifiers: ({ repository, user, language, topic, created, stars, visibility }) => [
    qualifier("repo", repository),
    qualifier("user", user),
    qualifier("language", language),
    qualifier("topic", topic),
    qualifier("created", created),
    qualifier("stars", stars),
    qualifier("is", visibility?.toLowerCase()),
  ],
  item: () =>
    z.object({
      name: z.string(),
      full_name: z.string(),
      html_url: z.string(),
      description: z.string().nullable(),
      owner: z.object({ login: z.string() }).nullable(),
      forks_count: z.int(),
      stargazers_count: z.int(),
      open_issues_count: z.int(),
      created_at: z.string(),
      updated_at: z.string(),
      language: z.string().nullable(),
    }),
  row: (item) => ({
    name: item.name,
    full_name: item.full_name,
    url: item.html_url,
    description: item.description,
    owner: item.owner?.login ?? null,
    // Flows know the number of forks by this name.
    task_count: item.forks_count,
    forks_count: item.forks_count,
    stars_count: item.stargazers_count,
    issues_count: item.open_issues_count,
    updated: item.updated_at,
    created: item.created_at,
    language: item.language,
  }),
  example: {
    title: "An organization's repositories, those with the most stars first",
    code: "oauthToken: \"{{ secret('GITHUB_TOKEN') }}\"\nquery: org:acme\nvisibility: PUBLIC\nsort: STARS\norder: DESC\n",
  },
});
