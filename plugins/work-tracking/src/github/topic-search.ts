import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { searchTask } from "./search.ts";
import { qualifier } from "./search-query.ts";

/** Searches topics of repositories. */
export const topicSearch = searchTask({
  type: "io.kestra.plugin.github.topics.Search",
  title: "Search topics at GitHub",
  noun: "topics",
  path: "/search/topics",
  properties: () => ({
    is: dynamic(z.enum(["CURATED", "FEATURED", "NOT_CURATED", "NOT_FEATURED"]))
      .optional()
      .describe(
        "Only CURATED ones (with a description), FEATURED ones (shown at github.com/topics), or those that are not.",
      ),
    repositories: text().optional().describe("How many repositories have it: a number, or a range such as >100."),
    created: text().optional().describe("When it was made: a date, or a range such as >=2026-01-01."),
    order: dynamic(z.enum(["ASC", "DESC"]))
      .optional()
      .meta({
        deprecated: true,
        description: "Accepted for compatibility, without effect: GitHub gives best matches first.",
      }),
  }),
  qualifiers: ({ is, repositories, created }) => [
    qualifier("is", is?.toLowerCase().replace("_", "-")),
    qualifier("repositories", repositories),
    qualifier("created", created),
  ],
  item: () =>
    z.object({
      name: z.string(),
      display_name: z.string().nullable(),
      short_description: z.string().nullable(),
      description: z.string().nullable(),
      created_by: z.string().nullable(),
      released: z.string().nullable(),
      created_at: z.string(),
      updated_at: z.string(),
      featured: z.boolean(),
      curated: z.boolean(),
      score: z.number(),
    }),
  row: ({ name, display_name, short_description, description, created_by, released, created_at, ...rest }) => ({
    name,
    display_name,
    short_description,
    description,
    created_by,
    released,
    created_at,
    updated_at: rest.updated_at,
    featured: rest.featured,
    curated: rest.curated,
    score: rest.score,
  }),
  example: {
    title: "Featured topics",
    code: 'query: orchestration\nis: FEATURED\nrepositories: ">100"\nfetchType: FETCH\n',
  },
});
