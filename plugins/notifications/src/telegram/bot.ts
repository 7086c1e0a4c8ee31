import { dynamic, secret, text } from "@capstan/sdk";
import { addressBelow } from "@capstan/sdk/http";
import { z } from "zod";

/** As Telegram spells them. */
const PARSE_MODES = { HTML: "HTML", MARKDOWNV2: "MarkdownV2" } as const;
export type ParseMode = keyof typeof PARSE_MODES;

/** Who sends, and where to. */
export const botProperties = () => ({
  token: secret().describe("Token of the bot."),
  channel: text().describe("Id of the chat, or `@name` of the channel."),
  parseMode: dynamic(z.enum(["HTML", "MARKDOWNV2"]))
    .optional()
    .describe("How marks in the message are read."),
  endpointOverride: text().default("https://api.telegram.org").describe("Address of the Bot API."),
});

type Bot = z.output<z.ZodObject<ReturnType<typeof botProperties>>>;

/** The request that sends a text. */
export function messageOf({ token, channel, parseMode, endpointOverride }: Bot, text: string) {
  return {
    url: addressBelow(endpointOverride, `/bot${token}/sendMessage`),
    body: { chat_id: channel, text, ...(parseMode && { parse_mode: PARSE_MODES[parseMode] }) },
  };
}
