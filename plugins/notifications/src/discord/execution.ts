import { dynamic, secret, text } from "@capstan/sdk";
import { z } from "zod";
import { cutTo } from "../execution/cut.ts";
import { executionTask } from "../execution/execution-task.ts";
import type { Mood, Report } from "../execution/report.ts";

/** As Discord takes them: 0xRRGGBB. */
const COLOURS: Readonly<Record<Mood, number>> = {
  good: 0x2e_b8_86,
  warning: 0xda_a0_38,
  bad: 0xa3_02_00,
  neutral: 0x80_80_80,
};
/** What one embed takes. */
const TITLE_CHARACTERS_MAX = 256;
const DESCRIPTION_CHARACTERS_MAX = 2_048;
const FIELDS_MAX = 25;
const FIELD_CHARACTERS_MAX = 1_024;
/** Of a message, beside the embed of the execution. */
const EMBEDS_MAX = 9;

const embed = () =>
  z.object({
    title: text().optional().describe("Its heading."),
    websiteUrl: text().optional().describe("Where the heading leads."),
    description: text().optional().describe("Its text."),
    thumbnail: text().optional().describe("Address of a small picture."),
    authorName: text().optional().describe("Who is named as the author."),
    color: dynamic(z.array(dynamic(z.int().min(0).max(255))).length(3))
      .optional()
      .describe("Red, green and blue, each from 0 to 255."),
    footer: text().optional().describe("Line below the text."),
  });

/** Tells a channel of an execution, as an embed. */
export const discordExecution = executionTask({
  type: "io.kestra.plugin.discord.DiscordExecution",
  aliases: ["io.kestra.plugin.notifications.discord.DiscordExecution"],
  name: "Discord",
  title: "Tell a Discord channel of an execution",
  properties: () => ({
    url: secret().describe("Address of the webhook."),
    username: text().optional().describe("Name to post as."),
    avatarUrl: text().optional().describe("Picture to post with."),
    content: text().optional().describe("Text above the embeds."),
    embedList: dynamic(z.array(embed()).max(EMBEDS_MAX)).optional().describe(`Further embeds, ${EMBEDS_MAX} at most.`),
  }),
  example: `url: "{{ secret('DISCORD_WEBHOOK') }}"\n`,
  tell: (report, { url, username, avatarUrl, content, embedList = [] }) => ({
    url,
    body: { username, avatar_url: avatarUrl, content, embeds: [embedOf(report), ...embedList.map(asWritten)] },
  }),
});

function embedOf({ title, facts, message, mood, execution }: Report) {
  return {
    title: cutTo(TITLE_CHARACTERS_MAX, title),
    url: execution.url,
    color: COLOURS[mood],
    description: message === undefined ? undefined : cutTo(DESCRIPTION_CHARACTERS_MAX, message),
    fields: facts
      .slice(0, FIELDS_MAX)
      .map(([name, value]) => ({ name, value: cutTo(FIELD_CHARACTERS_MAX, value), inline: true })),
  };
}

function asWritten({
  title,
  websiteUrl,
  description,
  thumbnail,
  authorName,
  color,
  footer,
}: z.output<ReturnType<typeof embed>>) {
  return {
    title,
    url: websiteUrl,
    description,
    thumbnail: thumbnail === undefined ? undefined : { url: thumbnail },
    author: authorName === undefined ? undefined : { name: authorName },
    color: color?.reduce((all, part) => all * 256 + part, 0),
    footer: footer === undefined ? undefined : { text: footer },
  };
}
