import { defineTask, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { requestOptions } from "../request-options.ts";
import { postTelling } from "../telling.ts";
import { botProperties, messageOf } from "./bot.ts";

const TYPE = "io.kestra.plugin.telegram.TelegramSend";

/** Sends a message as a bot. */
export const telegramSend = defineTask({
  type: TYPE,
  aliases: ["io.kestra.plugin.notifications.telegram.TelegramSend"],
  title: "Send a message as a Telegram bot",
  properties: () =>
    z.object({
      ...botProperties(),
      payload: text().optional().describe("The message."),
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
    const { payload, options, ...bot } = context.properties;
    if (payload === undefined) throw new TaskFailure("There is no message: give `payload`, the text of one.");
    await postTelling(context, "Telegram", messageOf(bot, payload), options);
  },
});
