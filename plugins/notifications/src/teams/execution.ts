import { secret, text } from "@capstan/sdk";
import { executionTask } from "../execution/execution-task.ts";

/** Tells a channel of an execution, as a message card. */
export const teamsExecution = executionTask({
  type: "io.kestra.plugin.microsoft365.teams.TeamsExecution",
  aliases: ["io.kestra.plugin.notifications.teams.TeamsExecution"],
  name: "Microsoft Teams",
  title: "Tell a Microsoft Teams channel of an execution",
  properties: () => ({
    url: secret().describe("Address of the incoming webhook."),
    themeColor: text().default("0076D7").describe("Colour of the card, as six hexadecimal digits."),
    activityTitle: text().optional().describe("Heading above the facts."),
    activitySubtitle: text().optional().describe("Line below that heading."),
  }),
  example: `url: "{{ secret('TEAMS_WEBHOOK') }}"\n`,
  tell: ({ title, facts, message, execution }, { url, themeColor, activityTitle, activitySubtitle }) => ({
    url,
    body: {
      "@type": "MessageCard",
      "@context": "http://schema.org/extensions",
      themeColor,
      summary: title,
      title,
      text: message,
      sections: [{ activityTitle, activitySubtitle, facts: facts.map(([name, value]) => ({ name, value })) }],
      potentialAction:
        execution.url === undefined
          ? undefined
          : [{ "@type": "OpenUri", name: "Open", targets: [{ os: "default", uri: execution.url }] }],
    },
  }),
});
