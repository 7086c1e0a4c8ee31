import { defineTask, listOrText, text } from "@capstan/sdk";
import { z } from "zod";
import { callGitlab, connection } from "./connection.ts";

const TYPE = "io.kestra.plugin.gitlab.issues.Create";

/** Opens an issue. */
export const issueCreate = defineTask({
  type: TYPE,
  title: "Create an issue at GitLab",
  properties: () =>
    z.object({
      ...connection(),
      title: text().describe("The line that is shown first."),
      issueDescription: text().optional().describe("What it is about, in Markdown."),
      labels: listOrText().optional().describe("Names of labels. GitLab makes those that the project doesn't have."),
    }),
  outputs: () =>
    z.object({
      issueId: z.string().describe("Number of the issue among all of this GitLab."),
      issueIid: z.int().describe("Its number in the project, as people see it."),
      webUrl: z.string().describe("Where people see the issue."),
      statusCode: z.int().describe("Status of GitLab's answer."),
    }),
  examples: [
    {
      title: "Open an issue",
      code:
        `id: open_issue\ntype: ${TYPE}\nurl: https://gitlab.example.com\ntoken: "{{ secret('GITLAB_TOKEN') }}"\n` +
        'projectId: acme/billing\ntitle: "{{ flow.id }} failed"\nissueDescription: "See execution {{ execution.id }}."\nlabels: [bug]\n',
    },
  ],
  async run(context) {
    const { projectId, title, issueDescription, labels = [] } = context.properties;
    const { value: issue, status } = await callGitlab(context, {
      what: `Creating an issue in ${projectId}`,
      path: "/issues",
      body: { title, description: issueDescription, ...(labels.length > 0 && { labels: labels.join(",") }) },
      answer: z.object({ id: z.int(), iid: z.int(), web_url: z.string() }),
    });
    context.log.info(`Created the issue ${issue.web_url}.`);
    return { issueId: String(issue.id), issueIid: issue.iid, webUrl: issue.web_url, statusCode: status };
  },
});
