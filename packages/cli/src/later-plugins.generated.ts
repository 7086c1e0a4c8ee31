// Generated from the folders in plugins/; `npm run generated -- --write` renews it.
import type { InstalledPlugin } from "@capstan/runtime";

/** Plugins whose code is loaded when one of their types is used. */
export const LATER_PLUGINS: readonly InstalledPlugin[] = [
  {
    module: import.meta.resolve("@capstan/plugin-git"),
    types: [
      {"element":"task","type":"io.kestra.plugin.git.Clone"},
      {"element":"task","type":"io.kestra.plugin.git.SyncFlow"},
      {"element":"task","type":"io.kestra.plugin.git.SyncFlows"},
      {"element":"task","type":"io.kestra.plugin.git.SyncNamespaceFiles"},
      {"element":"task","type":"io.kestra.plugin.git.PushFlows"},
      {"element":"task","type":"io.kestra.plugin.git.PushNamespaceFiles"},
    ],
  },
  {
    module: import.meta.resolve("@capstan/plugin-grafana"),
    types: [
      {"element":"task","type":"io.kestra.plugin.grafana.loki.Query"},
      {"element":"task","type":"io.kestra.plugin.grafana.loki.QueryRange"},
      {"element":"task","type":"io.kestra.plugin.loki.Query"},
      {"element":"trigger","type":"io.kestra.plugin.grafana.loki.Trigger","aliases":["io.kestra.plugin.grafana.loki.QueryResultTrigger"]},
    ],
  },
  {
    module: import.meta.resolve("@capstan/plugin-notifications"),
    types: [
      {"element":"task","type":"io.kestra.plugin.slack.notifications.SlackIncomingWebhook","aliases":["io.kestra.plugin.slack.SlackIncomingWebhook","io.kestra.plugin.notifications.slack.SlackIncomingWebhook"]},
      {"element":"task","type":"io.kestra.plugin.microsoft365.teams.TeamsIncomingWebhook","aliases":["io.kestra.plugin.notifications.teams.TeamsIncomingWebhook"]},
      {"element":"task","type":"io.kestra.plugin.discord.DiscordIncomingWebhook","aliases":["io.kestra.plugin.notifications.discord.DiscordIncomingWebhook"]},
      {"element":"task","type":"io.kestra.plugin.googleworkspace.chat.GoogleChatIncomingWebhook","aliases":["io.kestra.plugin.notifications.google.GoogleChatIncomingWebhook"]},
      {"element":"task","type":"io.kestra.plugin.zulip.ZulipIncomingWebhook","aliases":["io.kestra.plugin.notifications.zulip.ZulipIncomingWebhook"]},
      {"element":"task","type":"io.kestra.plugin.squadcast.SquadcastIncomingWebhook","aliases":["io.kestra.plugin.notifications.squadcast.SquadcastIncomingWebhook"]},
      {"element":"task","type":"io.kestra.plugin.pagerduty.PagerDutyAlert","aliases":["io.kestra.plugin.notifications.pagerduty.PagerDutyAlert"]},
      {"element":"task","type":"io.kestra.plugin.opsgenie.OpsgenieAlert","aliases":["io.kestra.plugin.notifications.opsgenie.OpsgenieAlert"]},
      {"element":"task","type":"io.kestra.plugin.zenduty.ZendutyAlert","aliases":["io.kestra.plugin.notifications.zenduty.ZendutyAlert"]},
      {"element":"task","type":"io.kestra.plugin.email.MailSend","aliases":["io.kestra.plugin.notifications.mail.MailSend"]},
      {"element":"task","type":"io.kestra.plugin.sentry.SentryAlert","aliases":["io.kestra.plugin.notifications.sentry.SentryAlert"]},
      {"element":"task","type":"io.kestra.plugin.telegram.TelegramSend","aliases":["io.kestra.plugin.notifications.telegram.TelegramSend"]},
      {"element":"task","type":"io.kestra.plugin.slack.notifications.SlackExecution","aliases":["io.kestra.plugin.slack.SlackExecution","io.kestra.plugin.notifications.slack.SlackExecution"]},
      {"element":"task","type":"io.kestra.plugin.microsoft365.teams.TeamsExecution","aliases":["io.kestra.plugin.notifications.teams.TeamsExecution"]},
      {"element":"task","type":"io.kestra.plugin.discord.DiscordExecution","aliases":["io.kestra.plugin.notifications.discord.DiscordExecution"]},
      {"element":"task","type":"io.kestra.plugin.googleworkspace.chat.GoogleChatExecution","aliases":["io.kestra.plugin.notifications.google.GoogleChatExecution"]},
      {"element":"task","type":"io.kestra.plugin.telegram.TelegramExecution","aliases":["io.kestra.plugin.notifications.telegram.TelegramExecution"]},
      {"element":"task","type":"io.kestra.plugin.zulip.ZulipExecution","aliases":["io.kestra.plugin.notifications.zulip.ZulipExecution"]},
      {"element":"task","type":"io.kestra.plugin.line.LineExecution","aliases":["io.kestra.plugin.notifications.line.LineExecution"]},
      {"element":"task","type":"io.kestra.plugin.email.MailExecution","aliases":["io.kestra.plugin.notifications.mail.MailExecution"]},
      {"element":"task","type":"io.kestra.plugin.pagerduty.PagerDutyExecution","aliases":["io.kestra.plugin.notifications.pagerduty.PagerDutyExecution"]},
      {"element":"task","type":"io.kestra.plugin.opsgenie.OpsgenieExecution","aliases":["io.kestra.plugin.notifications.opsgenie.OpsgenieExecution"]},
      {"element":"task","type":"io.kestra.plugin.sentry.SentryExecution","aliases":["io.kestra.plugin.notifications.sentry.SentryExecution"]},
      {"element":"task","type":"io.kestra.plugin.squadcast.SquadcastExecution","aliases":["io.kestra.plugin.notifications.squadcast.SquadcastExecution"]},
      {"element":"task","type":"io.kestra.plugin.zenduty.ZendutyExecution","aliases":["io.kestra.plugin.notifications.zenduty.ZendutyExecution"]},
    ],
  },
  {
    module: import.meta.resolve("@capstan/plugin-prometheus"),
    types: [
      {"element":"task","type":"io.kestra.plugin.prometheus.Query"},
      {"element":"task","type":"io.kestra.plugin.prometheus.Push"},
      {"element":"trigger","type":"io.kestra.plugin.prometheus.Trigger"},
    ],
  },
];
