import { defineTask, secret, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { jsonOf, payload } from "./payload.ts";
import { requestOptions } from "./request-options.ts";
import { postTelling } from "./telling.ts";

/** A service that takes its messages as JSON at an address. */
export interface WebhookService {
  readonly type: string;
  readonly aliases: readonly string[];
  /** Its name in messages. */
  readonly name: string;
  readonly title: string;
  /** One of its messages, for the example. */
  readonly message: string;
  /** A header with a token that goes with each message; absent where the address is all that it asks for. */
  readonly token?: {
    readonly description: string;
    readonly header: (token: string) => Readonly<Record<string, string>>;
  };
}

/** The task that posts to such a service. */
export function incomingWebhook({ type, aliases, name, title, message, token }: WebhookService) {
  return defineTask({
    type,
    aliases: [...aliases],
    title,
    properties: () =>
      z.object({
        url: secret().describe(`Address that ${name} gave for the messages.`),
        payload: payload(`The message, as the JSON that ${name} takes.`),
        ...(token !== undefined && { authorizationToken: secret().optional().describe(token.description) }),
        options: requestOptions(),
      }),
    examples: [
      {
        title: "Tell that a flow is done",
        code: `id: tell\ntype: ${type}\nurl: "{{ secret('WEBHOOK_URL') }}"\npayload: |\n  ${message}\n`,
      },
    ],
    async run(context) {
      const { url, payload: written, options, ...rest } = context.properties;
      if (written === undefined)
        throw new TaskFailure(`There is no message: give \`payload\`, the JSON that ${name} takes.`);
      const { authorizationToken } = rest as { readonly authorizationToken?: string };
      const headers = authorizationToken === undefined ? {} : (token?.header(authorizationToken) ?? {});
      await postTelling(context, name, { url, body: jsonOf(written), headers }, options);
    },
  });
}
