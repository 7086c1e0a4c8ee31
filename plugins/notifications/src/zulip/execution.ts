import { secret, text } from "@capstan/sdk";
import { executionTask } from "../execution/execution-task.ts";
import { linesOf } from "../execution/report.ts";

/** Tells a stream of an execution, through its webhook in the form of Slack. */
export const zulipExecution = executionTask({
  type: "io.kestra.plugin.zulip.ZulipExecution",
  aliases: ["io.kestra.plugin.notifications.zulip.ZulipExecution"],
  name: "Zulip",
  title: "Tell a Zulip stream of an execution",
  properties: () => ({
    url: secret().describe("Address of the incoming webhook in the form of Slack."),
    channel: text().optional().describe("Topic to post to."),
    username: text().optional().describe("Name to post as."),
    iconUrl: text().optional().describe("Picture to post with."),
    iconEmoji: text().optional().describe("Emoji to post with."),
  }),
  example: `url: "{{ secret('ZULIP_WEBHOOK') }}"\n`,
  tell: (report, { url, channel, username, iconUrl, iconEmoji }) => ({
    url,
    body: {
      text: [`*${report.title}*`, ...linesOf(report)].join("\n"),
      channel,
      username,
      icon_url: iconUrl,
      icon_emoji: iconEmoji,
    },
  }),
});
