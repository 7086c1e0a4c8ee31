import { defineTrigger, type PollingContext, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { discardEmail, type Email, emailOutputs, readEmail } from "./email.ts";
import type { Mailbox } from "./mailbox.ts";
import { mailboxProperties } from "./mailbox-properties.ts";
import { openMailbox } from "./open-mailbox.ts";

/** Mails of one event; the others are of the next. */
export const MAILS_MAX = 100;
/** Characters that the mails of an event take as JSON, beyond which no further one is taken. */
const EVENT_CHARACTERS_MAX = 150_000;
/** An event takes no further mail after so long: the platform waits five minutes for the answer to a question. */
const READING_MS_MAX = 120_000;

const TYPE = "io.kestra.plugin.email.MailReceivedTrigger";

/** Looks into a mailbox again and again, and starts one execution for all mails that have arrived. */
export const mailReceivedTrigger = defineTrigger({
  type: TYPE,
  aliases: ["io.kestra.plugin.notifications.mail.MailReceivedTrigger"],
  title: "Start the flow for mails that arrive, many at a time",
  description:
    "Mails that lie there when it looks for the first time start nothing. They stay as they are at the server, unread ones too; attachments are " +
    "stored as files of the execution. A server that ends at any time loses no mail, and none starts twice.",
  properties: () => z.object(mailboxProperties()),
  outputs: () =>
    z.object({
      latestEmail: z.object(emailOutputs()).describe("The one that arrived last."),
      total: z.int().describe("How many there are."),
      emails: z.array(z.object(emailOutputs())).describe("All of them, in the order of their arrival; 100 at most."),
    }),
  examples: [
    {
      title: "Start for the orders of a mailbox",
      code:
        `id: orders\ntype: ${TYPE}\nhost: imap.example.com\nusername: orders@example.com\n` +
        "password: \"{{ secret('MAIL_PASSWORD') }}\"\ninterval: PT1M\n",
    },
  ],
  async poll(context) {
    using mailbox = await openMailbox(context.properties, context);
    const { names, positionAfter } = await mailbox.arrived(context.position);
    const { emails, count } = await emailsOf(context, mailbox, names);
    const position = positionAfter(count);
    const latestEmail = emails.at(-1);
    if (latestEmail !== undefined) return { variables: { latestEmail, total: emails.length, emails }, position };
    return JSON.stringify(position) === JSON.stringify(context.position) ? undefined : { position };
  },
});

type Context = Pick<PollingContext<unknown>, "files" | "log" | "now" | "signal">;

/** The first of the mails, and how many of the names that took: some may be gone meanwhile. */
async function emailsOf(context: Context, mailbox: Mailbox, names: readonly string[]) {
  const begun = context.now();
  const emails: Email[] = [];
  let characters = 0;
  let count = 0;
  try {
    for (const name of names) {
      const isFull = emails.length === MAILS_MAX || characters > EVENT_CHARACTERS_MAX;
      if (isFull || (emails.length > 0 && context.now() - begun > READING_MS_MAX)) break;
      const email = await mailbox.read(name, (source) => readEmail(context, source));
      count += 1;
      if (email === undefined) continue;
      emails.push(email);
      characters += JSON.stringify(email).length;
    }
    return { emails, count };
  } catch (error) {
    // The mails before the one that can't be read are handed on; it is tried again at the next question.
    if (emails.length > 0 && error instanceof TaskFailure && !context.signal.aborted) return { emails, count };
    for (const email of emails) await discardEmail(context.files, email);
    throw error;
  }
}
