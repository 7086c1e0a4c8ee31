import { defineTask, dynamic, listOrText, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { callGithub, connection, repositoryPath } from "./connection.ts";

const TYPE = "io.kestra.plugin.github.pulls.Create";

/** Opens a pull request, and asks for its reviews. */
export const pullCreate = defineTask({
  type: TYPE,
  title: "Create a pull request at GitHub",
  description:
    "When the pull request is there but its reviewers could not be asked, the task fails and tells so; its outputs are there. GitHub refuses " +
    "a second pull request between the same branches with status 422.",
  properties: () =>
    z.object({
      ...connection(),
      repository: text().describe("The repository as owner/name."),
      sourceBranch: text().describe("The branch with the changes; of a fork: account:branch."),
      targetBranch: text().describe("The branch that the changes are for."),
      title: text().describe("The line that is shown first."),
      body: text().optional().describe("What it is about, in Markdown."),
      maintainerCanModify: dynamic(z.boolean())
        .default(false)
        .describe("Whether maintainers of the repository may change the branch of the fork. Default: false."),
      draft: dynamic(z.boolean()).default(false).describe("Whether it is a draft. Default: false."),
      reviewers: listOrText().optional().describe("Names of the accounts that are asked for a review."),
    }),
  outputs: () =>
    z.object({
      issueUrl: z.string().describe("Address of its issue in the API."),
      pullRequestUrl: z.string().describe("Where people see the pull request."),
    }),
  examples: [
    {
      title: "Propose what a task before has pushed",
      code:
        `id: propose\ntype: ${TYPE}\noauthToken: "{{ secret('GITHUB_TOKEN') }}"\nrepository: acme/billing\n` +
        "sourceBranch: update-rates\ntargetBranch: main\ntitle: Update the rates\nreviewers: [octocat]\n",
    },
  ],
  async run(context) {
    const { repository, sourceBranch, targetBranch, title, body, maintainerCanModify, draft } = context.properties;
    const { value: pull } = await callGithub(context, {
      what: `Creating a pull request in ${repository}`,
      path: `${repositoryPath(repository)}/pulls`,
      body: { title, body, head: sourceBranch, base: targetBranch, maintainer_can_modify: maintainerCanModify, draft },
      answer: z.object({ html_url: z.string(), issue_url: z.string(), number: z.int() }),
      adviceFor: (status) =>
        status === 422
          ? "Check that both branches are there and differ, and that there is no pull request between them yet."
          : undefined,
    });
    const outputs = { issueUrl: pull.issue_url, pullRequestUrl: pull.html_url };
    context.log.info(`Created the pull request ${pull.html_url}.`);
    await requestReviews(context, pull.number, outputs);
    return outputs;
  },
});

type Context = Parameters<typeof callGithub>[0] & {
  readonly properties: { readonly repository: string; readonly reviewers?: readonly string[] | undefined };
};

async function requestReviews(context: Context, number: number, outputs: { readonly pullRequestUrl: string }) {
  const { repository, reviewers = [] } = context.properties;
  if (reviewers.length === 0) return;
  try {
    await callGithub(context, {
      what: `Asking ${reviewers.join(", ")} for a review`,
      path: `${repositoryPath(repository)}/pulls/${number}/requested_reviewers`,
      body: { reviewers },
      answer: z.object({ number: z.int() }),
      adviceFor: (status) =>
        status === 422 ? "Check the names: each must be a collaborator, and not the author." : undefined,
    });
  } catch (error) {
    if (!(error instanceof TaskFailure)) throw error;
    throw new TaskFailure(`The pull request ${outputs.pullRequestUrl} is there, but: ${error.message}`, {
      cause: error,
      outputs,
    });
  }
}
