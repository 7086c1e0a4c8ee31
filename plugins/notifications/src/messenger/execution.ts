import { dynamic, listOrText, secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { given, pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { cutTo } from "../execution/cut.ts";
import { linesOf } from "../execution/report.ts";
import { reportTask } from "../execution/report-task.ts";
import { requestOptions } from "../request-options.ts";
import { postTelling } from "../telling.ts";

/** Of a text message. */
export const CHARACTERS_MAX = 2_000;
const API = "https://graph.facebook.com/v23.0";

/** Tells people of an execution through Messenger. */
export const messengerExecution = reportTask({
  type: "io.kestra.plugin.meta.messenger.MessengerExecution",
  aliases: ["io.kestra.plugin.notifications.messenger.MessengerExecution"],
  title: "Tell people of an execution through Facebook Messenger",
  properties: () => ({
    pageId: text().describe("Id of the page that tells."),
    accessToken: secret().describe("Access token of that page."),
    recipientIds: listOrText().describe(
      "Who is told, by the ids that people have with the page. Each gets a message, one after the other.",
    ),
    messagingType: dynamic(z.enum(["RESPONSE", "UPDATE", "MESSAGE_TAG"]))
      .default("UPDATE")
      .describe(
        "What the message is to Messenger. Default: UPDATE, which people get within a day of having written to the page.",
      ),
    textBody: text().optional().describe("The whole message, in place of what is told by default."),
    url: text().optional().describe(`Address of the page's messages. Default: ${API}/<pageId>/messages.`),
    options: requestOptions(),
  }),
  example: `pageId: "100"\naccessToken: "{{ secret('MESSENGER_TOKEN') }}"\nrecipientIds: ["200"]\n`,
  send: async (report, context) => {
    const { pageId, recipientIds, textBody, messagingType } = context.properties;
    const people = recipientIds.map((id) => id.trim()).filter((id) => id !== "");
    if (people.length === 0) throw new TaskFailure("`recipientIds` is empty: name who is told.");
    const url = given(context.properties.url) ?? `${API}/${pathPart("pageId", pageId)}/messages`;
    const message = { text: cutTo(CHARACTERS_MAX, given(textBody) ?? [report.title, ...linesOf(report)].join("\n")) };
    for (const id of people) await tellOne(context, url, { recipient: { id }, messaging_type: messagingType, message });
  },
});

type Context = TaskContext<{
  readonly accessToken: string;
  readonly options?: z.output<ReturnType<typeof requestOptions>>;
}>;

async function tellOne(context: Context, url: string, body: object): Promise<void> {
  const { accessToken, options } = context.properties;
  const headers = { Authorization: `Bearer ${accessToken.trim()}` };
  await postTelling(context, "Messenger", { url, body, headers }, options);
}
