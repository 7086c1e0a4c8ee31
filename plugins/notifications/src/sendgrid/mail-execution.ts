import { text } from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { htmlOf } from "../execution/html.ts";
import { linesOf } from "../execution/report.ts";
import { reportTask } from "../execution/report-task.ts";
import { sendBySendGrid, sendGridProperties } from "./mail.ts";

/** Sends a mail about an execution, by SendGrid. */
export const sendGridMailExecution = reportTask({
  type: "io.kestra.plugin.twilio.sendgrid.SendGridMailExecution",
  aliases: ["io.kestra.plugin.notifications.sendgrid.SendGridMailExecution"],
  title: "Send an e-mail about an execution by SendGrid",
  properties: () => ({
    ...sendGridProperties(),
    subject: text().optional().describe("The subject. Default: the flow and its state."),
    htmlContent: ignored(),
    textContent: ignored(),
    textTemplateUri: ignored(),
  }),
  example: `sendgridApiKey: "{{ secret('SENDGRID_KEY') }}"\nfrom: capstan@example.com\nto: [team@example.com]\n`,
  send: async (report, context) => {
    const subject = given(context.properties.subject) ?? report.title;
    await sendBySendGrid(context, {
      subject,
      html: htmlOf(report),
      plain: [report.title, ...linesOf(report)].join("\n"),
    });
  },
});

function ignored() {
  return text().optional().meta({
    deprecated: true,
    description:
      "Accepted for compatibility, without effect: the message is made of the execution. Use `customMessage`.",
  });
}
