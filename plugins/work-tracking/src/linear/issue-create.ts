import { defineTask, listOrText, secret, TaskFailure, type TaskLogger, text } from "@capstan/sdk";
import { z } from "zod";
import { callLinear } from "./linear-api.ts";

const TYPE = "io.kestra.plugin.linear.issues.Create";

const FIND = `query Find($teams: TeamFilter!, $labels: IssueLabelFilter!) {
  teams(filter: $teams, first: 2) { nodes { id } }
  issueLabels(filter: $labels, first: 250) { nodes { id name team { id } } }
}`;

const CREATE = `mutation Create($input: IssueCreateInput!) {
  issueCreate(input: $input) { success issue { id identifier url } }
}`;

const found = () =>
  z.object({
    teams: z.object({ nodes: z.array(z.object({ id: z.string() })) }),
    issueLabels: z.object({
      nodes: z.array(z.object({ id: z.string(), name: z.string(), team: z.object({ id: z.string() }).nullable() })),
    }),
  });

const created = () =>
  z.object({
    issueCreate: z.object({
      success: z.boolean(),
      issue: z.object({ id: z.string(), identifier: z.string(), url: z.string() }).nullable(),
    }),
  });

/** Opens an issue. */
export const issueCreate = defineTask({
  type: TYPE,
  title: "Create an issue at Linear",
  description:
    "A label that neither the team nor the workspace has is left out, with a warning: the issue is worth more than its label.",
  properties: () =>
    z.object({
      token: secret().describe("A personal API key, or a token of an OAuth application."),
      team: text().describe("Name of the team."),
      title: text().describe("The line that is shown first."),
      description: text().optional().describe("What it is about, in Markdown."),
      labels: listOrText().optional().describe("Names of labels, of the team or of the workspace."),
      endpoint: text()
        .default("https://api.linear.app/graphql")
        .describe("Address of the API. Default: https://api.linear.app/graphql."),
    }),
  outputs: () =>
    z.object({
      isSuccess: z.boolean().describe("Always true: a refusal fails the task."),
      issueId: z.string().describe("Id of the issue."),
      issueKey: z.string().describe("Its name, such as OPS-7, as people see it."),
      issueUrl: z.string().describe("Where people see the issue."),
    }),
  examples: [
    {
      title: "Open an issue",
      code:
        `id: open_issue\ntype: ${TYPE}\ntoken: "{{ secret('LINEAR_API_KEY') }}"\nteam: Platform\n` +
        'title: "{{ flow.id }} failed"\ndescription: "See execution {{ execution.id }}."\nlabels: [Bug]\n',
    },
  ],
  async run(context) {
    const { team, title, description, labels = [] } = context.properties;
    const what = `Creating an issue for the team ${team} at Linear`;
    const { teams, issueLabels } = await callLinear(context, {
      what,
      query: FIND,
      variables: { teams: { name: { eqIgnoreCase: team } }, labels: { name: { in: labels } } },
      data: found(),
    });
    const [one] = teams.nodes;
    if (one === undefined || teams.nodes.length > 1)
      throw new TaskFailure(
        one === undefined
          ? `Linear has no team "${team}" that the token may see. Check the name, which is that in the settings of the team, not its key.`
          : `Linear has more than one team "${team}". Give them names that differ.`,
      );
    const labelIds = idsOf(
      labels,
      issueLabels.nodes.filter((label) => isFor(label, one.id)),
      context.log,
    );
    const { issueCreate: answer } = await callLinear(context, {
      what,
      query: CREATE,
      variables: { input: { teamId: one.id, title, description, ...(labelIds.length > 0 && { labelIds }) } },
      data: created(),
    });
    const { success, issue } = answer;
    if (!success || issue === null) throw new TaskFailure(`${what} was refused without a reason. Try again later.`);
    context.log.info(`Created the issue ${issue.url}.`);
    return { isSuccess: true, issueId: issue.id, issueKey: issue.identifier, issueUrl: issue.url };
  },
});

type Label = z.output<ReturnType<typeof found>>["issueLabels"]["nodes"][number];

/** A label without a team is one of the workspace. */
function isFor(label: Label, teamId: string): boolean {
  return label.team === null || label.team.id === teamId;
}

function idsOf(names: readonly string[], known: readonly Label[], log: Pick<TaskLogger, "warn">): readonly string[] {
  const missing = names.filter((name) => known.every((label) => label.name !== name));
  if (missing.length > 0)
    log.warn(`The issue has no label ${missing.join(", ")}: neither the team nor the workspace has it.`);
  return known.map(({ id }) => id);
}
