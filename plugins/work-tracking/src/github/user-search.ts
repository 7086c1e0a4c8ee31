import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { searchTask, sorting } from "./search.ts";
import { qualifier } from "./search-query.ts";

const TYPES = { USER: "user", ORGANIZATION: "org" } as const;

/** Searches accounts. */
export const userSearch = searchTask({
  type: "io.kestra.plugin.github.users.Search",
  title: "Search users and organizations at GitHub",
  description: "A row has the name, address and kind of an account: GitHub's search gives no more of it.",
  noun: "accounts",
  path: "/search/users",
  properties: () => ({
    in: text().optional().describe("Where the words are: login, name or email."),
    language: text().optional().describe("Only those with repositories in this language."),
    location: text().optional().describe("Only those of this place."),
    created: text().optional().describe("When they joined: a date, or a range such as >=2026-01-01."),
    repositories: dynamic(z.int()).optional().describe("Only those with this number of repositories."),
    followers: text().optional().describe("How many follow them: a number, or a range such as >100."),
    accountType: dynamic(z.enum(["USER", "ORGANIZATION"]))
      .optional()
      .describe("Only people (USER), or only ORGANIZATIONs."),
    ...sorting(["JOINED", "REPOSITORIES", "FOLLOWERS"]),
  }),
  qualifiers: ({ in: where, language, location, created, repositories, followers, accountType }) => [
    qualifier("in", where),
    qualifier("language", language),
    qualifier("location", location),
    qualifier("created", created),
    qualifier("repos", repositories === undefined ? undefined : String(repositories)),
    qualifier("followers", followers),
    qualifier("type", accountType === undefined ? undefined : TYPES[accountType]),
  ],
  item: () => z.object({ login: z.string(), html_url: z.string(), type: z.string() }),
  row: ({ login, html_url, type }) => ({ username: login, url: html_url, type }),
  example: {
    title: "Who writes Java in Ghent",
    code: "oauthToken: \"{{ secret('GITHUB_TOKEN') }}\"\nlocation: Ghent\nlanguage: java\naccountType: USER\nfetchType: FETCH\n",
  },
});
