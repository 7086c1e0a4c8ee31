import { defineTask, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callJira, connection } from "./connection.ts";
import { unusedIssueFields } from "./unused-issue-fields.ts";

const TYPE = "io.kestra.plugin.jira.issues.CreateComment";

/** Comments an issue. */
export const issueComment = defineTask({
  type: TYPE,
  title: "Comment an issue in Jira",
  properties: () =>
    z.object({
      ...connection(),
      issueIdOrKey: text().describe("Key of the issue, such as OPS-7, or its id."),
      body: text().describe("The comment, in Jira's wiki notation."),
      ...unusedIssueFields(),
    }),
  outputs: () => z.object({ commentId: z.string().describe("Id of the comment.") }),
  examples: [
    {
      title: "Add to the issue that a task before has opened",
      code:
        `id: comment\ntype: ${TYPE}\nbaseUrl: https://acme.atlassian.net\nusername: capstan@example.com\n` +
        'password: "{{ secret(\'JIRA_TOKEN\') }}"\nissueIdOrKey: "{{ outputs.open_issue.key }}"\n' +
        'body: "Failed again in {{ execution.id }}."\n',
    },
  ],
  async run(context) {
    const { issueIdOrKey, body } = context.properties;
    const { value: comment } = await callJira(context, {
      what: `Commenting ${issueIdOrKey}`,
      path: `/issue/${pathPart("issueIdOrKey", issueIdOrKey)}/comment`,
      body: { body },
      answer: z.object({ id: z.string() }),
    });
    context.log.info(`Wrote the comment ${comment.id} on ${issueIdOrKey}.`);
    return { commentId: comment.id };
  },
});
