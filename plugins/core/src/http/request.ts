import { defineTask, dynamic, type Services, TaskFailure } from "@capstan/sdk";
import type { HttpResponse } from "@capstan/sdk/http";
import { z } from "zod";
import { scratchFolder } from "../storage/scratch-folder.ts";
import { exchangeFor, logBody, refuseFailed } from "./exchange.ts";
import { idempotencyKeyProperty, withIdempotencyKey } from "./idempotency-key.ts";
import { requestProperties } from "./request-properties.ts";
import { responseText } from "./response-text.ts";

export const encryptBody = () =>
  dynamic(z.boolean())
    .default(false)
    .describe("Whether the body becomes the output `encryptedBody`, readable by expressions only.");

export const requestOutputs = () =>
  z.object({
    uri: z.string().describe("Address that answered."),
    code: z.int().describe("Status."),
    headers: z.record(z.string(), z.array(z.string())).describe("Headers: name to list of values."),
    body: z.string().optional().describe("Body as text; absent when it is empty."),
    encryptedBody: z.unknown().describe("The body, encrypted."),
  });

/** Sends a request and gives the answer as outputs. */
export const request = defineTask({
  type: "io.kestra.plugin.core.http.Request",
  aliases: ["io.kestra.plugin.fs.http.Request"],
  title: "Call an HTTP API",
  properties: () =>
    z.object({ ...requestProperties(), encryptBody: encryptBody(), idempotencyKey: idempotencyKeyProperty() }),
  outputs: requestOutputs,
  examples: [
    {
      title: "Post JSON with a token",
      code:
        "id: post\ntype: io.kestra.plugin.core.http.Request\nuri: https://example.com/api/orders\nmethod: POST\n" +
        'body: "{{ outputs.order.values | toJson }}"\noptions:\n  auth:\n    type: BEARER\n    token: "{{ secret(\'API_TOKEN\') }}"\n',
    },
    {
      title: "Send a file of a form",
      code:
        "id: upload\ntype: io.kestra.plugin.core.http.Request\nuri: https://example.com/upload\nmethod: POST\n" +
        'contentType: multipart/form-data\nformData:\n  user: me\n  file: "{{ outputs.report.uri }}"\n',
    },
    {
      title: "Order once, however often it is tried",
      code:
        "id: order\ntype: io.kestra.plugin.core.http.Request\nuri: https://example.com/api/orders\nmethod: POST\n" +
        'body: "{{ outputs.order.values | toJson }}"\nidempotencyKey: TASK_RUN\n' +
        "retry:\n  type: constant\n  interval: PT5S\n  maxAttempts: 3\n",
    },
  ],
  async run(context) {
    await using scratch = scratchFolder(context.workingDirectory);
    const exchange = await exchangeFor({ ...context, properties: withIdempotencyKey(context) }, scratch);
    await refuseFailed(exchange);
    const { response, options } = exchange;
    const body = await responseText(response, options.defaultCharset);
    const isSecret = context.properties.encryptBody;
    if (body !== undefined && !isSecret) logBody(context.log, options, body);
    return { ...responseHead(response), ...(await bodyOutput(body, isSecret, context.services)) };
  },
});

/** The outputs that tell of a response without its body. */
export function responseHead(response: HttpResponse) {
  return { uri: response.url.href, code: response.status, headers: response.headers };
}

/** The body as an output, encrypted if asked for. */
export async function bodyOutput(body: string | undefined, isSecret: boolean, services: Services) {
  if (body === undefined) return {};
  if (!isSecret) return { body };
  if (services.encrypt === undefined)
    throw new TaskFailure("`encryptBody` needs an encryption key. Configure one on the server, or leave it out.");
  return { encryptedBody: await services.encrypt(body) };
}
