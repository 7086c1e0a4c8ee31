import { defineTask, dynamic, listOrText, secret, TaskFailure, text } from "@capstan/sdk";
import { addressBelow, callVendor, given, serverAddress } from "@capstan/sdk/http";
import { z } from "zod";

const TYPE = "io.kestra.plugin.zendesk.tickets.Create";

const properties = () =>
  z.object({
    domain: text().describe("Host of the account, such as acme.zendesk.com."),
    username: text().optional().describe("The agent's e-mail address; needs `token`."),
    token: secret().optional().describe("An API token of the account."),
    oauthToken: secret()
      .optional()
      .describe("An OAuth token, in place of `username` and `token`. It goes before them."),
    subject: text().optional().describe("The line that is shown first."),
    description: text().describe("What it is about: the first comment of the ticket."),
    priority: dynamic(z.enum(["URGENT", "HIGH", "NORMAL", "LOW"]))
      .optional()
      .describe("URGENT, HIGH, NORMAL or LOW."),
    ticketType: dynamic(z.enum(["PROBLEM", "INCIDENT", "QUESTION", "TASK"]))
      .optional()
      .describe("PROBLEM, INCIDENT, QUESTION or TASK."),
    assigneeId: dynamic(z.int()).optional().describe("Id of the agent who is to work on it."),
    tags: listOrText().optional().describe("Tags, which have no blanks."),
  });

type Written = z.output<ReturnType<typeof properties>>;

/** Opens a ticket. */
export const ticketCreate = defineTask({
  type: TYPE,
  title: "Create a ticket at Zendesk",
  properties,
  outputs: () =>
    z.object({
      url: z.string().describe("Address of the ticket in the API."),
      id: z.int().describe("Its number."),
    }),
  examples: [
    {
      title: "Open a ticket about a failure",
      code:
        `id: ticket\ntype: ${TYPE}\ndomain: acme.zendesk.com\nusername: agent@example.com\n` +
        'token: "{{ secret(\'ZENDESK_TOKEN\') }}"\nsubject: "{{ flow.id }} failed"\n' +
        'description: "See execution {{ execution.id }}."\npriority: HIGH\nticketType: INCIDENT\ntags: [nightly]\n',
    },
  ],
  async run(context) {
    const { domain } = context.properties;
    const { value } = await callVendor(context.signal, {
      what: "Creating a ticket at Zendesk",
      url: addressBelow(serverAddress(domain), "/api/v2/tickets.json"),
      headers: { Authorization: authorizationOf(context.properties) },
      body: { ticket: ticketOf(context.properties) },
      answer: z.object({ ticket: z.object({ id: z.int(), url: z.string() }) }),
    });
    context.log.info(`Created the ticket ${value.ticket.id} at ${domain}.`);
    return { url: value.ticket.url, id: value.ticket.id };
  },
});

function ticketOf({ subject, description, priority, ticketType, assigneeId, tags }: Written) {
  return {
    subject,
    comment: { body: description },
    priority: priority?.toLowerCase(),
    type: ticketType?.toLowerCase(),
    assignee_id: assigneeId,
    tags,
  };
}

function authorizationOf({ username, token, oauthToken }: Written): string {
  const [bearer, name, key] = [given(oauthToken), given(username), given(token)];
  if (bearer !== undefined) return `Bearer ${bearer}`;
  if (name !== undefined && key !== undefined) return `Basic ${Buffer.from(`${name}/token:${key}`).toString("base64")}`;
  throw new TaskFailure("Zendesk takes no request without credentials. Give `username` and `token`, or `oauthToken`.");
}
