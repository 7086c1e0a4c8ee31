import { defineTask, listOrText, TaskFailure, text } from "@capstan/sdk";
import { addressBelow, given, serverAddress } from "@capstan/sdk/http";
import { z } from "zod";
import { callJira, connection, hasPayload } from "./connection.ts";

const TYPE = "io.kestra.plugin.jira.issues.Create";
/** What an issue is when nobody says it. */
const ISSUE_TYPE = "Story";

/** Opens an issue. */
export const issueCreate = defineTask({
  type: TYPE,
  title: "Create an issue in Jira",
  properties: () =>
    z.object({
      ...connection(),
      projectKey: text().describe("Key of the project, such as OPS."),
      summary: text().optional().describe("The line that is shown first. Only a `payload` does without."),
      description: text().optional().describe("What it is about, in Jira's wiki notation."),
      labels: listOrText().optional().describe("Labels, which have no blanks."),
      issueTypeId: text().optional().describe("Id of the type of issue. Default: the type named Story."),
    }),
  outputs: () =>
    z.object({
      id: z.string().describe("Id of the issue."),
      key: z.string().describe("Its key, such as OPS-7, as other tasks take it."),
      url: z.string().describe("Where people see the issue."),
    }),
  examples: [
    {
      title: "Open an issue",
      code:
        `id: open_issue\ntype: ${TYPE}\nbaseUrl: https://acme.atlassian.net\nusername: capstan@example.com\n` +
        'password: "{{ secret(\'JIRA_TOKEN\') }}"\nprojectKey: OPS\nsummary: "{{ flow.id }} failed"\n' +
        'description: "See execution {{ execution.id }}."\nlabels: [nightly]\nissueTypeId: "10004"\n',
    },
    {
      title: "With fields that this task has no properties for",
      code:
        `id: open_issue\ntype: ${TYPE}\nbaseUrl: https://jira.example.com\naccessToken: "{{ secret('JIRA_TOKEN') }}"\n` +
        "projectKey: OPS\npayload:\n  fields:\n    project: { key: OPS }\n    issuetype: { name: Incident }\n" +
        '    summary: "{{ flow.id }} failed"\n    priority: { name: High }\n',
    },
  ],
  async run(context) {
    const { baseUrl, payload, projectKey, summary, description, labels, issueTypeId } = context.properties;
    if (given(summary) === undefined && !hasPayload(payload))
      throw new TaskFailure(
        "The issue has no summary, which Jira wants of each. Give `summary`, or a `payload` with all fields.",
      );
    const typeId = given(issueTypeId);
    const { value: issue } = await callJira(context, {
      what: `Creating an issue in ${projectKey}`,
      path: "/issue",
      body: {
        fields: {
          project: { key: projectKey },
          issuetype: typeId === undefined ? { name: ISSUE_TYPE } : { id: typeId },
          summary,
          description,
          labels,
        },
      },
      answer: z.object({ id: z.string(), key: z.string() }),
    });
    const url = addressBelow(serverAddress(baseUrl), `/browse/${issue.key}`);
    context.log.info(`Created the issue ${url}.`);
    return { id: issue.id, key: issue.key, url };
  },
});
