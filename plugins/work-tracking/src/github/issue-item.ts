import { z } from "zod";

const account = () => z.object({ login: z.string() }).nullish();

/** What is read of an issue or pull request that a search found. */
export const issueItem = () =>
  z.object({
    number: z.int(),
    title: z.string(),
    body: z.string().nullish(),
    state: z.string(),
    state_reason: z.string().nullish(),
    draft: z.boolean().optional(),
    user: account(),
    assignee: account(),
    assignees: z.array(z.object({ login: z.string() })).nullish(),
    labels: z.array(z.object({ name: z.string().optional() })),
    comments: z.int(),
    created_at: z.string(),
    updated_at: z.string(),
    closed_at: z.string().nullable(),
    html_url: z.string(),
    repository_url: z.string(),
    pull_request: z.object({ merged_at: z.string().nullish() }).optional(),
  });

export type IssueItem = z.output<ReturnType<typeof issueItem>>;

/** The row of an issue; accounts and labels are there by their names, addresses are those for people. */
export function issueRow(item: IssueItem): Record<string, unknown> {
  return {
    number: item.number,
    title: item.title,
    body: item.body ?? null,
    state: item.state.toUpperCase(),
    state_reason: item.state_reason?.toUpperCase() ?? null,
    owner: item.user?.login ?? null,
    assignee: item.assignee?.login ?? null,
    assignees: (item.assignees ?? []).map(({ login }) => login),
    created_at: item.created_at,
    updated_at: item.updated_at,
    closed_at: item.closed_at,
    comments: item.comments,
    labels: item.labels.map(({ name }) => name),
    repository_name: item.repository_url.split("/").at(-1),
    repository_url: item.html_url.replace(/\/(?:issues|pull)\/\d+$/, ""),
    url: item.html_url,
  };
}
