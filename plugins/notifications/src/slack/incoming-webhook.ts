import { defineTask, secret, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { jsonOf, payload } from "../payload.ts";
import { requestOptions } from "../request-options.ts";
import { postTelling } from "../telling.ts";
import { slackText } from "./slack-text.ts";

const TYPE = "io.kestra.plugin.slack.notifications.SlackIncomingWebhook";

/** Posts to the channel that the address belongs to. */
export const slackIncomingWebhook = defineTask({
  type: TYPE,
  aliases: ["io.kestra.plugin.slack.SlackIncomingWebhook", "io.kestra.plugin.notifications.slack.SlackIncomingWebhook"],
  title: "Post a message to a Slack channel",
  properties: () =>
    z.object({
      url: secret().describe("Address of the incoming webhook, which Slack gives for one channel."),
      messageText: text()
        .optional()
        .describe("The message. `**bold**`, `__italic__` and `[links](https://…)` become Slack's own marks."),
      payload: payload("The message with all that Slack can show, as the JSON of its API, in place of `messageText`."),
      options: requestOptions(),
    }),
  examples: [
    {
      title: "Tell that a flow is done",
      code:
        `id: tell\ntype: ${TYPE}\nurl: "{{ secret('SLACK_WEBHOOK') }}"\n` +
        'messageText: "**{{ flow.id }}** is done, see [its execution](https://capstan.example.com/executions/{{ execution.id }})"\n',
    },
    {
      title: "A message of several blocks",
      code:
        `id: tell\ntype: ${TYPE}\nurl: "{{ secret('SLACK_WEBHOOK') }}"\npayload: |\n` +
        '  {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": {{ flow.id | toJson }}}}]}\n',
    },
  ],
  async run(context) {
    const { url, messageText, payload: written, options } = context.properties;
    await postTelling(context, "Slack", { url, body: bodyOf(written, messageText) }, options);
  },
});

function bodyOf(written: unknown, messageText: string | undefined): string {
  if (written !== undefined) return jsonOf(written);
  if (messageText === undefined)
    throw new TaskFailure("There is no message: give `messageText`, or the JSON of one as `payload`.");
  return isJsonObject(messageText) ? messageText : JSON.stringify({ text: slackText(messageText) });
}

/** A whole message may also be written as a text. */
function isJsonObject(source: string): boolean {
  if (!/^\s*\{/.test(source)) return false;
  try {
    JSON.parse(source);
    return true;
  } catch {
    return false;
  }
}
