import { text } from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { cutTo } from "../execution/cut.ts";
import { executionTask } from "../execution/execution-task.ts";
import { linesOf } from "../execution/report.ts";
import { notificationOf, twilioProperties } from "./notification.ts";

/** Of a text message. */
const CHARACTERS_MAX = 1_600;

/** Tells people of an execution through Twilio Notify. */
export const twilioExecution = executionTask({
  type: "io.kestra.plugin.twilio.notify.TwilioExecution",
  aliases: ["io.kestra.plugin.notifications.twilio.TwilioExecution"],
  name: "Twilio",
  title: "Tell people of an execution through Twilio Notify",
  properties: () => ({
    ...twilioProperties(),
    body: text().optional().describe("The whole message, in place of what is told by default."),
    identity: text().optional().describe("Who is told, by the name that the person has at the service."),
    tag: text().optional().describe("Who is told, by a tag that people have there."),
  }),
  example:
    `url: "{{ secret('TWILIO_URL') }}"\naccountSID: "{{ secret('TWILIO_SID') }}"\nauthToken: "{{ secret('TWILIO_TOKEN') }}"\n` +
    'identity: "0000001"\n',
  tell: (report, { body, identity, tag, ...twilio }) =>
    notificationOf(twilio, {
      Body: cutTo(CHARACTERS_MAX, given(body) ?? [report.title, ...linesOf(report)].join("\n")),
      Identity: given(identity),
      Tag: given(tag),
    }),
});
