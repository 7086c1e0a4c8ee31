import { defineTask, dynamic, secret, TaskFailure, text } from "@capstan/sdk";
import { post } from "@capstan/sdk/http";
import { z } from "zod";
import { postOptions, requestOptions } from "../request-options.ts";

const TYPE = "io.kestra.plugin.telegram.TelegramSend";
/** As Telegram spells them. */
const PARSE_MODES = { HTML: "HTML", MARKDOWNV2: "MarkdownV2" } as const;

/** Sends a message as a bot. */
export const telegramSend = defineTask({
  type: TYPE,
  aliases: ["io.kestra.plugin.notifications.telegram.TelegramSend"],
  title: "Send a message as a Telegram bot",
  properties: () =>
    z.object({
      token: secret().describe("Token of the bot."),
      channel: text().describe("Id of the chat, or `@name` of the channel."),
      payload: text().optional().describe("The message."),
      parseMode: dynamic(z.enum(["HTML", "MARKDOWNV2"]))
        .optional()
        .describe("How marks in the message are read."),
      endpointOverride: text().default("https://api.telegram.org").describe("Address of the Bot API."),
      options: requestOptions(),
    }),
  examples: [
    {
      title: "Tell that a flow is done",
      code:
        `id: tell\ntype: ${TYPE}\ntoken: "{{ secret('TELEGRAM_TOKEN') }}"\nchannel: "2072728690"\n` +
        'payload: "{{ flow.id }} is done"\n',
    },
  ],
  async run(context) {
    const { token, channel, payload, parseMode, endpointOverride, options } = context.properties;
    if (payload === undefined) throw new TaskFailure("There is no message: give `payload`, the text of one.");
    const message = { chat_id: channel, text: payload, ...(parseMode && { parse_mode: PARSE_MODES[parseMode] }) };
    const url = `${endpointOverride.replace(/\/+$/, "")}/bot${token}/sendMessage`;
    await post(context, { what: "Posting to Telegram", url, body: JSON.stringify(message), ...postOptions(options) });
  },
});
