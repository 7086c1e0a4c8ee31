import { anyMap, defineTask, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callGithub, connection, repositoryPath } from "./connection.ts";

const TYPE = "io.kestra.plugin.github.actions.RunWorkflow";

/** Starts a workflow of GitHub Actions. */
export const workflowRun = defineTask({
  type: TYPE,
  title: "Run a workflow of GitHub Actions",
  description:
    "Starts it and ends: GitHub accepts the wish and runs the workflow when it has a runner. The workflow must have `on: workflow_dispatch`.",
  properties: () =>
    z.object({
      ...connection(),
      repository: text().describe("The repository as owner/name."),
      workflowId: text().describe("Name of the workflow's file, such as deploy.yml, or its number."),
      ref: text().describe("The branch or tag whose workflow is run."),
      inputs: anyMap()
        .optional()
        .describe(
          "Inputs of the workflow. GitHub takes texts: numbers and booleans become theirs, maps and lists JSON.",
        ),
    }),
  examples: [
    {
      title: "Deploy from the branch main",
      code:
        `id: deploy\ntype: ${TYPE}\noauthToken: "{{ secret('GITHUB_TOKEN') }}"\nrepository: acme/billing\n` +
        "workflowId: deploy.yml\nref: main\ninputs:\n  environment: staging\n",
    },
  ],
  async run(context) {
    const { repository, workflowId, ref, inputs = {} } = context.properties;
    const path = `${repositoryPath(repository)}/actions/workflows/${pathPart("workflowId", workflowId)}/dispatches`;
    await callGithub(context, {
      what: `Running the workflow ${workflowId} of ${repository}`,
      path,
      body: { ref, inputs: Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, textOf(value)])) },
      answer: z.unknown(),
      adviceFor: (status) =>
        status === 422
          ? "Check that the branch or tag is there, that the workflow has `on: workflow_dispatch`, and the names of its inputs."
          : undefined,
    });
    context.log.info(`GitHub is to run the workflow ${workflowId} of ${repository} at ${ref}.`);
  },
});

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
