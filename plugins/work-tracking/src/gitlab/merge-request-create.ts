import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { callGitlab, connection } from "./connection.ts";

const TYPE = "io.kestra.plugin.gitlab.mergerequests.Create";

/** Opens a merge request. */
export const mergeRequestCreate = defineTask({
  type: TYPE,
  aliases: ["io.kestra.plugin.gitlab.MergeRequest"],
  title: "Create a merge request at GitLab",
  properties: () =>
    z.object({
      ...connection(),
      title: text().describe("The line that is shown first. With `Draft:` before it, it is a draft."),
      sourceBranch: text().describe("The branch with the changes."),
      targetBranch: text().describe("The branch that the changes are for."),
      mergeRequestDescription: text().optional().describe("What it is about, in Markdown."),
    }),
  outputs: () =>
    z.object({
      mergeReqID: z.string().describe("Number of the merge request among all of this GitLab."),
      webUrl: z.string().describe("Where people see the merge request."),
      statusCode: z.int().describe("Status of GitLab's answer."),
    }),
  examples: [
    {
      title: "Propose what a task before has pushed",
      code:
        `id: propose\ntype: ${TYPE}\ntoken: "{{ secret('GITLAB_TOKEN') }}"\nprojectId: acme/billing\n` +
        "sourceBranch: update-rates\ntargetBranch: main\ntitle: Update the rates\n",
    },
  ],
  async run(context) {
    const { projectId, title, sourceBranch, targetBranch, mergeRequestDescription } = context.properties;
    const { value: request, status } = await callGitlab(context, {
      what: `Creating a merge request in ${projectId}`,
      path: "/merge_requests",
      body: { title, source_branch: sourceBranch, target_branch: targetBranch, description: mergeRequestDescription },
      answer: z.object({ id: z.int(), web_url: z.string() }),
      adviceFor: (refused) =>
        refused === 409
          ? "There is a merge request for this branch already; what is pushed to the branch is in it."
          : undefined,
    });
    context.log.info(`Created the merge request ${request.web_url}.`);
    return { mergeReqID: String(request.id), webUrl: request.web_url, statusCode: status };
  },
});
