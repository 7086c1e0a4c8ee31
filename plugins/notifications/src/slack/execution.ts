import { secret, text } from "@capstan/sdk";
import { cutTo } from "../execution/cut.ts";
import { executionTask } from "../execution/execution-task.ts";
import type { Mood, Report } from "../execution/report.ts";
import { slackText } from "./slack-text.ts";

/** Slack's own names, and grey. */
const COLOURS: Readonly<Record<Mood, string>> = { good: "good", warning: "warning", bad: "danger", neutral: "#808080" };
/** A section takes so many fields of so many characters. */
const FIELDS_MAX = 10;
const FIELD_CHARACTERS_MAX = 2_000;
const SECTION_CHARACTERS_MAX = 3_000;

const older = (what: string) =>
  text()
    .optional()
    .meta({ deprecated: true, description: `${what} Webhooks of Slack apps don't let it be chosen.` });

/** Tells a channel of an execution. */
export const slackExecution = executionTask({
  type: "io.kestra.plugin.slack.notifications.SlackExecution",
  aliases: ["io.kestra.plugin.slack.SlackExecution", "io.kestra.plugin.notifications.slack.SlackExecution"],
  name: "Slack",
  title: "Tell a Slack channel of an execution",
  properties: () => ({
    url: secret().describe("Address of the incoming webhook, which Slack gives for one channel."),
    messageText: text()
      .optional()
      .meta({ deprecated: true, description: "Accepted for compatibility, without effect: use `customMessage`." }),
    channel: older("Channel to post to."),
    username: older("Name to post as."),
    iconUrl: older("Picture to post with."),
    iconEmoji: older("Emoji to post with."),
  }),
  example: `url: "{{ secret('SLACK_WEBHOOK') }}"\n`,
  tell: (report, { url, channel, username, iconUrl, iconEmoji }) => ({
    url,
    body: {
      text: report.title,
      attachments: [{ color: COLOURS[report.mood], blocks: blocksOf(report) }],
      channel,
      username,
      icon_url: iconUrl,
      icon_emoji: iconEmoji,
    },
  }),
});

function blocksOf({ facts, message, execution: { url } }: Report): readonly unknown[] {
  const markdown = (characters: number, source: string) => ({ type: "mrkdwn", text: cutTo(characters, source) });
  const fields = facts.map(([name, value]) => markdown(FIELD_CHARACTERS_MAX, `*${name}*\n${escaped(value)}`));
  const sections = Array.from({ length: Math.ceil(fields.length / FIELDS_MAX) }, (_, part) => ({
    type: "section",
    fields: fields.slice(part * FIELDS_MAX, (part + 1) * FIELDS_MAX),
  }));
  return [
    ...(message === undefined ? [] : [{ type: "section", text: markdown(SECTION_CHARACTERS_MAX, slackText(message)) }]),
    ...sections,
    ...(url === undefined
      ? []
      : [{ type: "actions", elements: [{ type: "button", url, text: { type: "plain_text", text: "Open" } }] }]),
  ];
}

/** What Slack would read as a mark of its own. */
function escaped(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
