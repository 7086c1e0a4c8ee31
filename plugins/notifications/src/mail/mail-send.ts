import { defineTask, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { sendMail, serverProperties } from "./mail-server.ts";
import { mailOf, messageProperties } from "./message.ts";

const TYPE = "io.kestra.plugin.email.MailSend";
const TEXT_OF_HTML = "This message is written in HTML. A program that shows HTML shows it.";

/** Sends a mail. */
export const mailSend = defineTask({
  type: TYPE,
  aliases: ["io.kestra.plugin.notifications.mail.MailSend"],
  title: "Send an e-mail",
  properties: () =>
    z.object({
      ...serverProperties(),
      ...messageProperties(),
      subject: text().optional().describe("The subject."),
      htmlTextContent: text().optional().describe("The message in HTML."),
      plainTextContent: text()
        .optional()
        .describe("The message as plain text, for who shows no HTML. Default: a sentence that says so."),
    }),
  outputs: () => z.object({ response: z.string().describe("What the server said when it took the mail.") }),
  examples: [
    {
      title: "Send a report",
      code:
        `id: mail\ntype: ${TYPE}\nhost: mail.example.com\nusername: capstan@example.com\n` +
        `password: "{{ secret('MAIL_PASSWORD') }}"\nfrom: capstan@example.com\nto: team@example.com\nsubject: "The report of {{ flow.id }}"\n` +
        'htmlTextContent: <p>It is <b>attached</b>.</p>\nattachments:\n  - name: report.csv\n    uri: "{{ outputs.report.uri }}"\n    contentType: text/csv\n',
    },
  ],
  async run(context) {
    const { properties, files, log } = context;
    const { htmlTextContent: html, plainTextContent } = properties;
    const plain = plainTextContent ?? (html === undefined ? undefined : TEXT_OF_HTML);
    if (plain === undefined)
      throw new TaskFailure("There is no message: give `htmlTextContent` or `plainTextContent`.");
    const response = await sendMail(context, await mailOf(properties, { html, text: plain }, files));
    log.info(`The mail to ${properties.to} was taken: ${response}`);
    return { response };
  },
});
