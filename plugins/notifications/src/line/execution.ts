import { secret, text } from "@capstan/sdk";
import { cutTo } from "../execution/cut.ts";
import { executionTask } from "../execution/execution-task.ts";
import { linesOf } from "../execution/report.ts";

/** Of a text message. */
const CHARACTERS_MAX = 5_000;

/** Tells all who follow an account of an execution. */
export const lineExecution = executionTask({
  type: "io.kestra.plugin.line.LineExecution",
  aliases: ["io.kestra.plugin.notifications.line.LineExecution"],
  name: "LINE",
  title: "Tell the followers of a LINE account of an execution",
  properties: () => ({
    url: secret().default("https://api.line.me/v2/bot/message/broadcast").describe("Address of the Messaging API."),
    channelAccessToken: secret().describe("Access token of the channel."),
    textBody: text().optional().describe("The whole message, in place of what is told by default."),
  }),
  example: `channelAccessToken: "{{ secret('LINE_TOKEN') }}"\n`,
  tell: (report, { url, channelAccessToken, textBody = [report.title, ...linesOf(report)].join("\n") }) => ({
    url,
    headers: { Authorization: `Bearer ${channelAccessToken}` },
    body: { messages: [{ type: "text", text: cutTo(CHARACTERS_MAX, textBody) }] },
  }),
});
