import { text } from "@capstan/sdk";
import { linesOf, type Mood, type Report } from "../execution/report.ts";
import { reportTask } from "../execution/report-task.ts";
import { sendMail, serverProperties } from "./mail-server.ts";
import { mailOf, messageProperties } from "./message.ts";

const COLOURS: Readonly<Record<Mood, string>> = {
  good: "#2e7d32",
  warning: "#b26a00",
  bad: "#b00020",
  neutral: "#555555",
};

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

function htmlOf({ title, facts, message, mood, execution: { url } }: Report): string {
  const row = ([name, value]: readonly [string, string]) =>
    `<tr><th align="left" style="padding:2px 12px 2px 0">${quoted(name)}</th><td>${quoted(value)}</td></tr>`;
  return [
    `<h2 style="color:${COLOURS[mood]}">${quoted(title)}</h2>`,
    ...(message === undefined ? [] : [`<p>${quoted(message).replaceAll("\n", "<br>")}</p>`]),
    `<table>${facts.map(row).join("")}</table>`,
    ...(url === undefined ? [] : [`<p><a href="${quoted(url)}">Open the execution</a></p>`]),
  ].join("\n");
}

function quoted(source: string): string {
  return source.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
