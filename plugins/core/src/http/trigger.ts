import { defineTrigger, duration, isTruthy, renderedLater } from "@capstan/sdk";
import { z } from "zod";
import { scratchFolder } from "../storage/scratch-folder.ts";
import { exchangeFor, logBody } from "./exchange.ts";
import { bodyOutput, encryptBody, requestOutputs, responseHead } from "./request.ts";
import { requestProperties } from "./request-properties.ts";
import { responseText } from "./response-text.ts";

/** Calls an API again and again, and starts an execution when its answer meets a condition. */
export const httpTrigger = defineTrigger({
  type: "io.kestra.plugin.core.http.Trigger",
  aliases: ["io.kestra.plugin.fs.http.Trigger"],
  title: "Start the flow when an HTTP API answers as expected",
  description: "No status is a failure: the condition decides.",
  properties: () =>
    z.object({
      ...requestProperties(),
      encryptBody: encryptBody(),
      interval: duration().default(60_000).describe("Time between two calls. Default: PT60S."),
      responseCondition: renderedLater()
        .default("{{ response.statusCode < 400 }}")
        .describe("True or false; reads `response.statusCode`, `response.body` and `response.headers`."),
    }),
  outputs: requestOutputs,
  examples: [
    {
      title: "Start when an item is in stock",
      code:
        "id: stock\ntype: io.kestra.plugin.core.http.Trigger\nuri: https://example.com/api/items/42\ninterval: PT5M\n" +
        'responseCondition: "{{ json(response.body).stock > 0 }}"\n',
    },
  ],
  async poll(context) {
    await using scratch = scratchFolder();
    const { response, options } = await exchangeFor(context, scratch);
    const body = await responseText(response, options.defaultCharset);
    const isSecret = context.properties.encryptBody;
    if (body !== undefined && !isSecret) logBody(context.log, options, body);
    const condition = await context.render(context.properties.responseCondition, {
      response: { statusCode: response.status, body: body ?? "", headers: response.headers },
    });
    if (!isTruthy(condition)) return undefined;
    return { variables: { ...responseHead(response), ...(await bodyOutput(body, isSecret, context.services)) } };
  },
});
