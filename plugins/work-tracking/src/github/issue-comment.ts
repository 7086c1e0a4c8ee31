import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { callGithub, connection, repositoryPath } from "./connection.ts";

const TYPE = "io.kestra.plugin.github.issues.Comment";

/** Comments an issue, or a pull request, which has comments of the same kind. */
export const issueComment = defineTask({
  type: TYPE,
  title: "Comment an issue or pull request at GitHub",
  properties: () =>
    z.object({
      ...connection(),
      repository: text().describe("The repository as owner/name."),
      issueNumber: dynamic(z.int().positive()).describe("Number of the issue or pull request."),
      body: text().describe("The comment, in Markdown."),
    }),
  outputs: () =>
    z.object({
      issueUrl: z.string().describe("Where people see the issue."),
      commentUrl: z.string().describe("Where people see the comment."),
    }),
  examples: [
    {
      title: "Add to the issue that a task before has opened",
      code:
        `id: comment\ntype: ${TYPE}\noauthToken: "{{ secret('GITHUB_TOKEN') }}"\nrepository: acme/billing\n` +
        'issueNumber: "{{ outputs.open_issue.issueNumber }}"\nbody: "Failed again in {{ execution.id }}."\n',
    },
  ],
  async run(context) {
    const { repository, issueNumber, body } = context.properties;
    const { value: comment } = await callGithub(context, {
      what: `Commenting ${repository}#${issueNumber}`,
      path: `${repositoryPath(repository)}/issues/${issueNumber}/comments`,
      body: { body },
      answer: z.object({ html_url: z.string() }),
    });
    context.log.info(`Wrote the comment ${comment.html_url}.`);
    return { issueUrl: comment.html_url.replace(/#.*$/, ""), commentUrl: comment.html_url };
  },
});
