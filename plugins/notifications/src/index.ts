import { definePlugin } from "@capstan/sdk";
import { incomingWebhook } from "./incoming-webhook.ts";
import { SERVICES } from "./services.ts";
import { slackIncomingWebhook } from "./slack/incoming-webhook.ts";
import { telegramSend } from "./telegram/send.ts";

export default definePlugin({
  name: "notifications",
  title: "Notifications",
  category: "Notifications",
  definitions: [slackIncomingWebhook, ...SERVICES.map(incomingWebhook), telegramSend],
});
