import { Readable } from "node:stream";
import {
  anyMap,
  defineTask,
  dynamic,
  type ExecutionFiles,
  formatDuration,
  type TaskContext,
  TaskFailure,
  text,
  textMap,
} from "@capstan/sdk";
import { addressOf, failedStatus, type RequestBody, send, textBody } from "@capstan/sdk/http";
import { z } from "zod";
import { connectionOptions, requestOptions } from "../request-options.ts";

/** Without `wait`: how long a refusal is waited for, once all is sent. */
export const REFUSAL_MS = 10_000;
/** Of an answer that becomes an output. */
export const BODY_BYTES_MAX = 1_048_576;

const CONTENT_TYPES = {
  TEXT: "text/plain; charset=utf-8",
  JSON: "application/json",
  XML: "application/xml",
  BINARY: "application/octet-stream",
};

const properties = () =>
  z.object({
    uri: text().describe("Address of the webhook. Whoever knows it can start the workflow: no message shows it."),
    method: dynamic(z.enum(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])).describe(
      "Method that the webhook takes.",
    ),
    body: anyMap().optional().describe("Sent as JSON."),
    from: text().optional().describe("URI of a file in internal storage that is sent in place of `body`."),
    contentType: dynamic(z.enum(["TEXT", "JSON", "XML", "BINARY"]))
      .default("BINARY")
      .describe("What the file is: TEXT, JSON, XML or BINARY. Default: BINARY."),
    queryParameters: textMap().optional().describe("Parameters of the query."),
    headers: textMap().optional().describe("Further headers, such as those that the webhook authenticates by."),
    wait: dynamic(z.boolean())
      .default(true)
      .describe(
        "Whether to wait for the answer, which n8n gives at once or at the end of the workflow, as its webhook says. Without, only a " +
          "refusal within ten seconds fails the task. Default: true.",
      ),
    options: requestOptions(),
  });

/** Calls a webhook of n8n. */
export const triggerWorkflow = defineTask({
  type: "io.kestra.plugin.n8n.TriggerWorkflow",
  aliases: ["io.kestra.plugin.n8n.webhook.TriggerWorkflow"],
  title: "Start an n8n workflow",
  description:
    "Calls the webhook that a workflow starts with. How long it may take to answer is said by `options.timeout.readIdleTimeout` and " +
    "`timeout`. n8n tells nobody which execution a call has started: a kill leaves it running, and repeats start it again.",
  properties,
  outputs: () =>
    z.object({
      body: z
        .unknown()
        .optional()
        .describe("The answer, at most a mebibyte: JSON as a value, anything else as a text. Absent without `wait`."),
    }),
  examples: [
    {
      title: "Start a workflow and use its answer",
      code:
        "id: call\ntype: io.kestra.plugin.n8n.TriggerWorkflow\nmethod: POST\nuri: \"{{ secret('N8N_WEBHOOK_URL') }}\"\n" +
        'body:\n  prompt: "{{ inputs.prompt }}"\n',
    },
  ],
  async run(context) {
    const { uri, method, queryParameters, headers, wait, options } = context.properties;
    const url = addressOf(uri, queryParameters);
    for (const part of [url.pathname, url.search]) if (part.length > 1) context.mask(part);
    const refusal = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const sent = () => {
      if (!wait) timer ??= setTimeout(() => refusal.abort(), REFUSAL_MS);
    };
    const body = await contentOf(context, sent);
    const request = { method, url, headers: { ...options?.headers, ...headers }, body };
    try {
      const signal = AbortSignal.any([context.signal, refusal.signal]);
      const response = await send(request, connectionOptions(options), signal);
      if (response.status >= 400)
        throw await failedStatus(
          "The call of n8n",
          response,
          response.status === 404 ? "Activate the workflow." : undefined,
        );
      if (wait) return { body: valueOf(await wholeText(response.body), response.header("content-type")) };
      response.body.destroy();
    } catch (error) {
      if (context.signal.aborted || !refusal.signal.aborted) throw error;
      context.log.info(
        `n8n has not refused the call within ${formatDuration(REFUSAL_MS)}; its answer is not waited for.`,
      );
    } finally {
      clearTimeout(timer);
    }
    return {};
  },
});

/** What is sent. A file may take its time: `sent` is called at its end. */
async function contentOf(
  { properties: { body, from = "", contentType }, files }: TaskContext<z.output<ReturnType<typeof properties>>>,
  sent: () => void,
): Promise<RequestBody | undefined> {
  if (from === "") {
    sent();
    return body === undefined ? undefined : textBody(JSON.stringify(body), CONTENT_TYPES.JSON);
  }
  const contentLength = await files.sizeBytes(from);
  const open = () => Readable.from(piecesOf(files, from, sent), { objectMode: false });
  return { contentType: CONTENT_TYPES[contentType], contentLength, text: undefined, open };
}

/** Read anew each time, since a redirect sends it again. */
async function* piecesOf(files: ExecutionFiles, uri: string, sent: () => void) {
  yield* await files.read(uri);
  sent();
}

async function wholeText(body: AsyncIterable<unknown>): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > BODY_BYTES_MAX)
      throw new TaskFailure(`n8n answered with more than ${BODY_BYTES_MAX} bytes. Let the workflow answer with less.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function valueOf(written: string, contentType = ""): unknown {
  if (!/\bjson\b/i.test(contentType)) return written;
  if (written.trim() === "") return null;
  try {
    return JSON.parse(written) as unknown;
  } catch (error) {
    throw new TaskFailure("n8n answered with JSON that is none. Check what the workflow responds with.", {
      cause: error,
    });
  }
}
