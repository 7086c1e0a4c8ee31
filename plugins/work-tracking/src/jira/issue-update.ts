import { anyMap, defineTask, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callJira, connection } from "./connection.ts";
import { unusedIssueFields } from "./unused-issue-fields.ts";

const TYPE = "io.kestra.plugin.jira.issues.UpdateFields";

/** Changes fields of an issue. */
export const issueUpdate = defineTask({
  type: TYPE,
  title: "Change fields of an issue in Jira",
  properties: () =>
    z.object({
      ...connection(),
      issueIdOrKey: text().describe("Key of the issue, such as OPS-7, or its id."),
      fields: anyMap().describe(
        "Fields with their new values, by the names of the API: description, labels, customfield_10005. Others stay as they are.",
      ),
      ...unusedIssueFields(),
    }),
  examples: [
    {
      title: "Raise the priority",
      code:
        `id: raise\ntype: ${TYPE}\nbaseUrl: https://acme.atlassian.net\nusername: capstan@example.com\n` +
        "password: \"{{ secret('JIRA_TOKEN') }}\"\nissueIdOrKey: OPS-7\nfields:\n  priority: { name: High }\n  labels: [nightly, urgent]\n",
    },
  ],
  async run(context) {
    const { issueIdOrKey, fields } = context.properties;
    await callJira(context, {
      what: `Changing ${issueIdOrKey}`,
      method: "PUT",
      path: `/issue/${pathPart("issueIdOrKey", issueIdOrKey)}`,
      body: { fields },
      answer: z.undefined(),
    });
    context.log.info(`Changed ${Object.keys(fields).join(", ")} of ${issueIdOrKey}.`);
  },
});
