import { definePlugin } from "@capstan/sdk";
import { discordExecution } from "./discord/execution.ts";
import { googleChatExecution } from "./google-chat/execution.ts";
import { incomingWebhook } from "./incoming-webhook.ts";
import { lineExecution } from "./line/execution.ts";
import { mailExecution } from "./mail/mail-execution.ts";
import { mailSend } from "./mail/mail-send.ts";
import { messengerExecution } from "./messenger/execution.ts";
import { opsgenieExecution } from "./opsgenie/execution.ts";
import { pagerDutyExecution } from "./pagerduty/execution.ts";
import { qqExecution } from "./qq/execution.ts";
import { qqIncomingWebhook } from "./qq/incoming-webhook.ts";
import { sendGridMailExecution } from "./sendgrid/mail-execution.ts";
import { sendGridMailSend } from "./sendgrid/mail-send.ts";
import { sentryAlert } from "./sentry/alert.ts";
import { sentryExecution } from "./sentry/execution.ts";
import { SERVICES } from "./services.ts";
import { slackExecution } from "./slack/execution.ts";
import { slackIncomingWebhook } from "./slack/incoming-webhook.ts";
import { squadcastExecution } from "./squadcast/execution.ts";
import { teamsExecution } from "./teams/execution.ts";
import { telegramExecution } from "./telegram/execution.ts";
import { telegramSend } from "./telegram/send.ts";
import { twilioAlert } from "./twilio/alert.ts";
import { twilioExecution } from "./twilio/execution.ts";
import { mmsSend, smsSend } from "./twilio/message-send.ts";
import { xExecution } from "./x/execution.ts";
import { zendutyExecution } from "./zenduty/execution.ts";
import { zulipExecution } from "./zulip/execution.ts";

export default definePlugin({
  name: "notifications",
  title: "Notifications",
  category: "Notifications",
  definitions: [
    slackIncomingWebhook,
    ...SERVICES.map(incomingWebhook),
    mailSend,
    sentryAlert,
    telegramSend,
    qqIncomingWebhook,
    twilioAlert,
    smsSend,
    mmsSend,
    sendGridMailSend,
    slackExecution,
    teamsExecution,
    discordExecution,
    googleChatExecution,
    telegramExecution,
    zulipExecution,
    qqExecution,
    twilioExecution,
    lineExecution,
    mailExecution,
    pagerDutyExecution,
    opsgenieExecution,
    sentryExecution,
    squadcastExecution,
    zendutyExecution,
    sendGridMailExecution,
    messengerExecution,
    xExecution,
  ],
  testedWith: [
    { types: "io.kestra", kind: "stand-in", what: "HTTP servers of the tests that take what the services document" },
    { types: "io.kestra.plugin.email", kind: "real", what: "a mail server, over SMTP with and without TLS" },
  ],
});
