import type { WebhookService } from "./incoming-webhook.ts";
import { authorizationOf } from "./opsgenie/authorization.ts";

const DONE = "{{ flow.id }} is done";

/** Services whose messages need nothing but an address. */
export const SERVICES: readonly WebhookService[] = [
  {
    type: "io.kestra.plugin.microsoft365.teams.TeamsIncomingWebhook",
    aliases: ["io.kestra.plugin.notifications.teams.TeamsIncomingWebhook"],
    name: "Microsoft Teams",
    title: "Post a message to a Microsoft Teams channel",
    message: `{"@type": "MessageCard", "@context": "http://schema.org/extensions", "text": "${DONE}"}`,
  },
  {
    type: "io.kestra.plugin.discord.DiscordIncomingWebhook",
    aliases: ["io.kestra.plugin.notifications.discord.DiscordIncomingWebhook"],
    name: "Discord",
    title: "Post a message to a Discord channel",
    message: `{"username": "Capstan", "content": "${DONE}"}`,
  },
  {
    type: "io.kestra.plugin.googleworkspace.chat.GoogleChatIncomingWebhook",
    aliases: ["io.kestra.plugin.notifications.google.GoogleChatIncomingWebhook"],
    name: "Google Chat",
    title: "Post a message to a Google Chat space",
    message: `{"text": "${DONE}"}`,
  },
  {
    type: "io.kestra.plugin.zulip.ZulipIncomingWebhook",
    aliases: ["io.kestra.plugin.notifications.zulip.ZulipIncomingWebhook"],
    name: "Zulip",
    title: "Post a message to a Zulip stream",
    message: `{"text": "${DONE}"}`,
  },
  {
    type: "io.kestra.plugin.squadcast.SquadcastIncomingWebhook",
    aliases: ["io.kestra.plugin.notifications.squadcast.SquadcastIncomingWebhook"],
    name: "Squadcast",
    title: "Raise an incident at Squadcast",
    message: `{"message": "${DONE}", "event_id": "{{ execution.id }}"}`,
  },
  {
    type: "io.kestra.plugin.pagerduty.PagerDutyAlert",
    aliases: ["io.kestra.plugin.notifications.pagerduty.PagerDutyAlert"],
    name: "PagerDuty",
    title: "Send an event to PagerDuty",
    message:
      `{"routing_key": "{{ secret('PAGERDUTY_KEY') }}", "event_action": "trigger", "payload": ` +
      `{"summary": "${DONE}", "source": "{{ flow.namespace }}", "severity": "info"}}`,
  },
  {
    type: "io.kestra.plugin.opsgenie.OpsgenieAlert",
    aliases: ["io.kestra.plugin.notifications.opsgenie.OpsgenieAlert"],
    name: "Opsgenie",
    title: "Create an alert at Opsgenie",
    message: `{"message": "${DONE}", "alias": "{{ execution.id }}"}`,
    token: {
      description: "Key of the Opsgenie API.",
      header: authorizationOf,
    },
  },
  {
    type: "io.kestra.plugin.meta.whatsapp.WhatsAppIncomingWebhook",
    aliases: ["io.kestra.plugin.notifications.whatsapp.WhatsAppIncomingWebhook"],
    name: "WhatsApp",
    title: "Send a message through WhatsApp",
    message: `{"messaging_product": "whatsapp", "to": "41000000000", "type": "text", "text": {"body": "${DONE}"}}`,
  },
  {
    type: "io.kestra.plugin.zenduty.ZendutyAlert",
    aliases: ["io.kestra.plugin.notifications.zenduty.ZendutyAlert"],
    name: "Zenduty",
    title: "Create an alert at Zenduty",
    message: `{"alert_type": "info", "message": "${DONE}", "entity_id": "{{ execution.id }}"}`,
  },
];
