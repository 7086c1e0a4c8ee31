import { anyMap, defineTask, listOrText, text } from "@capstan/sdk";
import { z } from "zod";
import { callGithub, connection, repositoryPath } from "./connection.ts";
import { issueFieldValues } from "./issue-fields.ts";

const TYPE = "io.kestra.plugin.github.issues.Create";

/** Opens an issue. */
export const issueCreate = defineTask({
  type: TYPE,
  title: "Create an issue at GitHub",
  properties: () =>
    z.object({
      ...connection(),
      repository: text().describe("The repository as owner/name."),
      title: text().describe("The line that is shown first."),
      body: text().optional().describe("What it is about, in Markdown."),
      labels: listOrText().optional().describe("Names of labels. GitHub makes those that the repository doesn't have."),
      assignees: listOrText().optional().describe("Names of the accounts that are to work on it."),
      fields: anyMap()
        .optional()
        .describe("Values of the organization's issue fields, by the names of the fields (or their numbers)."),
    }),
  outputs: () =>
    z.object({
      issueUrl: z.string().describe("Where people see the issue."),
      issueNumber: z.int().describe("Its number in the repository."),
    }),
  examples: [
    {
      title: "Open an issue",
      code:
        `id: open_issue\ntype: ${TYPE}\noauthToken: "{{ secret('GITHUB_TOKEN') }}"\nrepository: acme/billing\n` +
        'title: "{{ flow.id }} failed"\nbody: "Execution {{ execution.id }} failed: {{ errorLogs() | jq(\'.[].message\') | first }}"\n' +
        "labels: [bug, nightly]\nassignees: [octocat]\n",
    },
  ],
  async run(context) {
    const { repository, title, body, labels, assignees, fields = {} } = context.properties;
    const path = repositoryPath(repository);
    const values = await issueFieldValues(context, repository.trim().split("/")[0]!, fields);
    const { value: issue } = await callGithub(context, {
      what: `Creating an issue in ${repository}`,
      path: `${path}/issues`,
      body: { title, body, labels, assignees, ...(values.length > 0 && { issue_field_values: values }) },
      answer: z.object({ html_url: z.string(), number: z.int() }),
    });
    context.log.info(`Created the issue ${issue.html_url}.`);
    return { issueUrl: issue.html_url, issueNumber: issue.number };
  },
});
