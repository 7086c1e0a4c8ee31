import { secret, text } from "@capstan/sdk";
import { cutTo } from "../execution/cut.ts";
import { executionTask } from "../execution/execution-task.ts";
import { linesOf } from "../execution/report.ts";

/** Of a message, below what Google Chat takes in bytes. */
const CHARACTERS_MAX = 4_000;

/** Tells a space of an execution. */
export const googleChatExecution = executionTask({
  type: "io.kestra.plugin.googleworkspace.chat.GoogleChatExecution",
  aliases: ["io.kestra.plugin.notifications.google.GoogleChatExecution"],
  name: "Google Chat",
  title: "Tell a Google Chat space of an execution",
  properties: () => ({
    url: secret().describe("Address of the webhook of the space."),
    text: text().optional().describe("The whole message, in place of what is told by default."),
  }),
  example: `url: "{{ secret('GOOGLE_CHAT_WEBHOOK') }}"\n`,
  tell: (report, { url, text = [`*${report.title}*`, ...linesOf(report)].join("\n") }) => ({
    url,
    body: { text: cutTo(CHARACTERS_MAX, text) },
  }),
});
