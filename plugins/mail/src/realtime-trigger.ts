import { defineTrigger } from "@capstan/sdk";
import { z } from "zod";
import { discardEmail, emailOutputs, readEmail } from "./email.ts";
import { mailboxProperties } from "./mailbox-properties.ts";
import { openMailbox } from "./open-mailbox.ts";

const TYPE = "io.kestra.plugin.email.RealTimeTrigger";

/** Starts one execution for each mail, as soon as it is there. */
export const realtimeTrigger = defineTrigger({
  type: TYPE,
  aliases: ["io.kestra.plugin.notifications.mail.RealTimeTrigger"],
  title: "Start the flow for each mail that arrives",
  description:
    "With IMAP the server tells of a mail at once; with POP3, and where it doesn't, the trigger looks at every `interval`. Mails that lie there " +
    "before it listens for the first time start nothing; those that arrive while it is away start when it is back, once it has started for one. " +
    "They stay as they are at the server; attachments are stored as files of the execution.",
  properties: () => z.object(mailboxProperties()),
  outputs: () => z.object(emailOutputs()),
  examples: [
    {
      title: "Start for each mail of a mailbox",
      code:
        `id: support\ntype: ${TYPE}\nhost: imap.example.com\nusername: support@example.com\n` +
        "password: \"{{ secret('MAIL_PASSWORD') }}\"\n",
    },
  ],
  async listen(context) {
    const { properties, signal, emit, files } = context;
    using mailbox = await openMailbox(properties, context);
    let { position } = context;
    for (;;) {
      signal.throwIfAborted();
      const { names, positionAfter } = await mailbox.arrived(position);
      position = positionAfter(0);
      for (const [index, name] of names.entries()) {
        const email = await mailbox.read(name, (source) => readEmail(context, source));
        const next = positionAfter(index + 1);
        if (email !== undefined) {
          try {
            await emit({ variables: { ...email }, position: next });
          } catch (error) {
            await discardEmail(files, email);
            throw error;
          }
        }
        position = next;
      }
      await mailbox.wait(properties.interval);
    }
  },
});
