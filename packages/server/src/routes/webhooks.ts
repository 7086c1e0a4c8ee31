import { REPLAYED_HEADER, type webhookRoutes } from "@capstan/api";
import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { answerWebhook } from "../door/webhook-answer.ts";
import type { CallBody } from "../door/webhook-body.ts";
import type { Handlers } from "../mount.ts";
import { Refusal } from "../refusal.ts";
import type { Service } from "../service.ts";

interface WebhookCall {
  readonly tenant: string;
  readonly parameters: {
    readonly namespace: string;
    readonly flowId: string;
    readonly key: string;
    /** What follows the key. Kestra has the path for triggers of plugins; a webhook of the core takes nothing there. */
    readonly "*"?: string;
  };
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Webhooks that are called in another way than most: `door/door.ts` answers the others. */
export function webhookHandlers(service: Service): Handlers<typeof webhookRoutes> {
  const start = async ({ tenant, parameters, request, reply }: WebhookCall): Promise<FastifyReply> => {
    const { namespace, flowId, key, "*": rest } = parameters;
    if (rest !== undefined)
      throw new Refusal("webhook-not-found", `the address of a webhook ends with its key: leave out "/${rest}"`);
    const { status, contentType, text, isReplayed } = await answerWebhook(service, {
      method: request.method,
      tenant,
      namespace,
      flowId,
      key,
      body: bodyOf(request),
      mediaType: request.headers["content-type"],
      rawHeaders: request.raw.rawHeaders,
      parameters: queryLists(request.query as Record<string, string | string[]>),
      response: reply.raw,
    });
    reply.code(status);
    if (contentType !== undefined) reply.header("content-type", contentType);
    if (isReplayed === true) reply.header(REPLAYED_HEADER, "true");
    return reply.send(text);
  };
  return { getWebhook: start, postWebhook: start, putWebhook: start };
}

function bodyOf(request: FastifyRequest): CallBody | undefined {
  if (request.isMultipart()) return { kind: "form", request };
  if (!(request.body instanceof Readable)) return undefined;
  const length = request.headers["content-length"];
  return { kind: "stream", content: request.body, lengthDeclared: length === undefined ? undefined : Number(length) };
}

function queryLists(query: Readonly<Record<string, string | string[]>>): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, Array.isArray(value) ? value : [value]]),
  );
}
