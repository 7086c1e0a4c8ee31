import { cutTo } from "../execution/cut.ts";
import { executionTask } from "../execution/execution-task.ts";
import { linesOf } from "../execution/report.ts";
import { botProperties, messageOf, type ParseMode } from "./bot.ts";

/** Of a message. */
const CHARACTERS_MAX = 4_096;

/** Tells a chat of an execution, as a bot. */
export const telegramExecution = executionTask({
  type: "io.kestra.plugin.telegram.TelegramExecution",
  aliases: ["io.kestra.plugin.notifications.telegram.TelegramExecution"],
  name: "Telegram",
  title: "Tell a Telegram chat of an execution",
  properties: botProperties,
  example: `token: "{{ secret('TELEGRAM_TOKEN') }}"\nchannel: "2072728690"\n`,
  tell: (report, bot) => {
    const text = cutTo(CHARACTERS_MAX, [report.title, ...linesOf(report)].join("\n"));
    return messageOf(bot, quoted(text, bot.parseMode));
  },
});

/** Nothing in it is a mark. */
function quoted(text: string, parseMode: ParseMode | undefined): string {
  if (parseMode === "MARKDOWNV2") return text.replaceAll(/[_*[\]()~`>#+\-=|{}.!\\]/g, String.raw`\$&`);
  if (parseMode === "HTML") return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return text;
}
