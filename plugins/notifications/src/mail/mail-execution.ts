import { text } from "@capstan/sdk";
import { htmlOf } from "../execution/html.ts";
import { linesOf } from "../execution/report.ts";
import { reportTask } from "../execution/report-task.ts";
import { sendMail, serverProperties } from "./mail-server.ts";
import { mailOf, messageProperties } from "./message.ts";

/** Sends a mail about an execution. */
export const mailExecution = reportTask({
  type: "io.kestra.plugin.email.MailExecution",
  aliases: ["io.kestra.plugin.notifications.mail.MailExecution"],
  title: "Send an e-mail about an execution",
  properties: () => ({
    ...serverProperties(),
    ...messageProperties(),
    subject: text().optional().describe("The subject. Default: the flow and its state."),
    htmlTextContent: ignored(),
    plainTextContent: ignored(),
    textTemplateUri: ignored(),
  }),
  example: `host: mail.example.com\nusername: capstan@example.com\npassword: "{{ secret('MAIL_PASSWORD') }}"\nfrom: capstan@example.com\nto: team@example.com\n`,
  send: async (report, context) => {
    const { properties, files } = context;
    const message = { ...properties, subject: properties.subject ?? report.title };
    const plain = [report.title, ...linesOf(report)].join("\n");
    await sendMail(context, await mailOf(message, { html: htmlOf(report), text: plain }, files));
  },
});

function ignored() {
  return text().optional().meta({
    deprecated: true,
    description:
      "Accepted for compatibility, without effect: the message is made of the execution. Use `customMessage`.",
  });
}
