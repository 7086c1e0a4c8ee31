import { defineTask, TaskFailure, text } from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { z } from "zod";
import { sendBySendGrid, sendGridOutputs, sendGridProperties } from "./mail.ts";

const TYPE = "io.kestra.plugin.twilio.sendgrid.SendGridMailSend";

/** Sends a mail by SendGrid. */
export const sendGridMailSend = defineTask({
  type: TYPE,
  aliases: ["io.kestra.plugin.notifications.sendgrid.SendGridMailSend"],
  title: "Send an e-mail by SendGrid",
  properties: () =>
    z.object({
      ...sendGridProperties(),
      htmlContent: text().optional().describe("The message in HTML."),
      textContent: text().optional().describe("The message as plain text."),
    }),
  outputs: sendGridOutputs,
  examples: [
    {
      title: "Send a report",
      code:
        `id: mail\ntype: ${TYPE}\nsendgridApiKey: "{{ secret('SENDGRID_KEY') }}"\nfrom: Backups <backups@example.com>\nto: [team@example.com]\n` +
        'subject: "The report of {{ flow.id }}"\nhtmlContent: <p>It is <b>attached</b>.</p>\nattachments:\n  - name: report.csv\n    uri: "{{ outputs.report.uri }}"\n    contentType: text/csv\n',
    },
  ],
  async run(context) {
    const { subject, htmlContent, textContent } = context.properties;
    const [html, plain] = [given(htmlContent), given(textContent)];
    if (html === undefined && plain === undefined)
      throw new TaskFailure("There is no message: give `htmlContent` or `textContent`.");
    if (given(subject) === undefined)
      throw new TaskFailure("`subject` is missing, without which SendGrid takes no mail.");
    return sendBySendGrid(context, { subject: subject ?? "", html, plain });
  },
});
