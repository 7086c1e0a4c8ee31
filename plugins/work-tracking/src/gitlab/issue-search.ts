import { defineTask, deliverRows, dynamic, fetchType, listOrText, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import { callGitlab, connection, type GitlabConnection } from "./connection.ts";

const TYPE = "io.kestra.plugin.gitlab.issues.Search";
/** The most that GitLab takes. */
const ISSUES_PER_PAGE = 100;

const row = () => z.record(z.string(), z.unknown());

/** Searches the issues of a project. */
export const issueSearch = defineTask({
  type: TYPE,
  title: "Search issues at GitLab",
  description: "Finds all issues, the newest ones first, as GitLab describes them.",
  properties: () =>
    z.object({
      ...connection(),
      search: text().optional().describe("Only those with this in their title or description."),
      state: dynamic(z.enum(["opened", "closed", "all"]))
        .default("opened")
        .describe("opened, closed or all. Default: opened."),
      labels: listOrText().optional().describe("Only those that have all these labels."),
      fetchType: fetchType("FETCH").describe(
        "What becomes of the issues: FETCH (the output `issues`, a mebibyte at most), FETCH_ONE (the newest one in `issues`), STORE (a file " +
          "of JSON lines, any number) or NONE (they are only counted). Default: FETCH.",
      ),
    }),
  outputs: () =>
    z.object({
      issues: z.array(row()).optional().describe("The issues, with fetchType FETCH or FETCH_ONE."),
      uri: z.string().optional().describe("The file of all issues, one a line, with fetchType STORE."),
      count: z.int().describe("How many were found; 1 at most with FETCH_ONE."),
      statusCode: z.int().describe("Status of GitLab's answer."),
    }),
  examples: [
    {
      title: "Open bugs",
      code: `id: bugs\ntype: ${TYPE}\ntoken: "{{ secret('GITLAB_TOKEN') }}"\nprojectId: acme/billing\nlabels: [bug]\n`,
    },
  ],
  async run(context) {
    const { search, state, labels = [], fetchType: how } = context.properties;
    const filter = {
      state,
      ...(search !== undefined && { search }),
      ...(labels.length > 0 && { labels: labels.join(",") }),
    };
    const pages = pagesOf(context, filter, how === "FETCH_ONE" ? 1 : ISSUES_PER_PAGE);
    const { row: first, rows, uri, size } = await deliverRows(pages.rows, how, context.files);
    context.log.info(`Found ${size} ${size === 1 ? "issue" : "issues"} in ${context.properties.projectId}.`);
    context.metric({ name: "records", type: "counter", value: size });
    const issues = rows ?? (how === "FETCH_ONE" ? (first === undefined ? [] : [first]) : undefined);
    return {
      ...(issues !== undefined && { issues }),
      ...(uri !== undefined && { uri }),
      count: size,
      statusCode: pages.status(),
    };
  },
});

/** The issues of all pages, asked for as they are taken, and the status of the last answer. */
function pagesOf(
  context: Pick<TaskContext<GitlabConnection>, "properties" | "signal">,
  filter: Readonly<Record<string, string>>,
  perPage: number,
) {
  let lastStatus = 0;
  async function* rows() {
    for (let page: string | undefined = "1"; page !== undefined && page !== "";) {
      const answer: Awaited<ReturnType<typeof callGitlab<Record<string, unknown>[]>>> = await callGitlab(context, {
        what: `The search for issues of ${context.properties.projectId}`,
        path: "/issues",
        params: { ...filter, per_page: String(perPage), page },
        answer: z.array(row()),
      });
      lastStatus = answer.status;
      yield* answer.value;
      page = answer.header("x-next-page");
    }
  }
  return { rows: rows(), status: () => lastStatus };
}
