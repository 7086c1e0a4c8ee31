import { defineTask, dynamic, recordLine, type Renderer, TaskFailure, text } from "@capstan/sdk";
import { Readable } from "node:stream";
import { z } from "zod";
import { scratchFolder } from "../storage/scratch-folder.ts";
import { type ServerEvent, readEvents } from "./event-stream.ts";
import { exchangeFor, refuseFailed } from "./exchange.ts";
import { requestProperties } from "./request-properties.ts";

/** Events beyond this number are in the file only. */
const EVENTS_OUTPUT_MAX = 1_000;

/** Reads server-sent events until the server ends the stream. */
export const sseRequest = defineTask({
  type: "io.kestra.plugin.core.http.SseRequest",
  title: "Read server-sent events",
  properties: () =>
    z.object({
      ...requestProperties(),
      concatJqExpression: text()
        .optional()
        .describe("jq expression for the text that each event's data adds to `result`."),
      failedOnMissingJq: dynamic(z.boolean())
        .default(true)
        .describe("Whether an event for which the expression gives nothing fails the task."),
    }),
  outputs: () =>
    z.object({
      uri: z.string().describe("File with one event a line: id, event, data."),
      size: z.int().describe("Number of events."),
      events: z
        .array(z.unknown())
        .optional()
        .describe(`The first ${EVENTS_OUTPUT_MAX} events, without \`concatJqExpression\`.`),
      result: z.string().optional().describe("The joined texts, with `concatJqExpression`."),
    }),
  examples: [
    {
      title: "Join the answer of a chat model",
      code:
        "id: chat\ntype: io.kestra.plugin.core.http.SseRequest\nuri: https://example.com/v1/chat\nmethod: POST\n" +
        'body: \'{"stream": true}\'\nconcatJqExpression: ".choices[0].delta.content"\nfailedOnMissingJq: false\n',
    },
  ],
  async run(context) {
    const { concatJqExpression, failedOnMissingJq, headers } = context.properties;
    const properties = { ...context.properties, headers: { Accept: "text/event-stream", ...headers } };
    await using scratch = scratchFolder(context.workingDirectory);
    const exchange = await exchangeFor({ ...context, properties }, scratch);
    await refuseFailed(exchange);
    const events: unknown[] = [];
    let size = 0;
    let joined = "";
    async function* lines() {
      for await (const event of readEvents(exchange.response.body)) {
        size += 1;
        if (concatJqExpression === undefined) {
          if (events.length < EVENTS_OUTPUT_MAX) events.push(withParsedData(event));
        } else joined += await extracted(event, concatJqExpression, failedOnMissingJq, context);
        yield recordLine(withParsedData(event));
      }
    }
    const uri = await context.files.put("events.ion", Readable.from(lines()));
    return { uri, size, ...(concatJqExpression === undefined ? { events } : { result: joined }) };
  },
});

function withParsedData(event: ServerEvent): Record<string, unknown> {
  return { ...event, data: parsedData(event.data) };
}

function parsedData(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return data; // Data of an event may be any text.
  }
}

/** The language's own `jq` does it, so expressions mean the same here as elsewhere. */
async function extracted(
  event: ServerEvent,
  expression: string,
  isRequired: boolean,
  renderer: Renderer,
): Promise<string> {
  const extra = { eventData: parsedData(event.data), eventExpression: expression };
  try {
    const found = await renderer.evaluate("{{ eventData | jq(eventExpression) | first }}", extra);
    if (found !== null && found !== undefined) return typeof found === "string" ? found : JSON.stringify(found);
    if (isRequired) throw new TaskFailure("The expression found nothing");
  } catch (error) {
    if (!isRequired) return "";
    const reason = error instanceof Error ? error.message : String(error);
    const advice = "Correct `concatJqExpression`, or set `failedOnMissingJq` to false.";
    throw new TaskFailure(`An event's data gave no text: ${reason}. ${advice}`, { cause: error });
  }
  return "";
}
