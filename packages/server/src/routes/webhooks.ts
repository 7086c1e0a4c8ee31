import type { webhookRoutes } from "@capstan/api";
import type { Handlers } from "../mount.ts";
import { presentExecution } from "../presentation/execution.ts";
import { asRefusal } from "../refusal.ts";
import type { Service } from "../service.ts";
import type { FastifyReply, FastifyRequest } from "fastify";

interface WebhookRequest {
  readonly tenant: string;
  readonly parameters: { readonly namespace: string; readonly flowId: string; readonly key: string };
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

type Lists = Record<string, readonly string[]>;

/** Starts executions by webhook. The hottest route: nothing between the request and the runtime but this. */
export function webhookHandlers(service: Service): Handlers<typeof webhookRoutes> {
  const { triggers, executions } = service.runtime;
  const start = async ({ tenant, parameters, request, reply }: WebhookRequest): Promise<FastifyReply> => {
    const started = await triggers
      .webhook({
        tenant,
        namespace: parameters.namespace,
        flowId: parameters.flowId,
        key: parameters.key,
        body: typeof request.body === "string" && request.body !== "" ? request.body : undefined,
        headers: headerLists(request.raw.rawHeaders),
        parameters: queryLists(request.query as Record<string, string | string[]>),
      })
      .catch(passedOver);
    if (started === undefined) return reply.code(204).send();
    const { row, wait, returnOutputs, responseCode, responseContentType } = started;
    if (responseCode !== undefined) reply.code(responseCode);
    if (!wait) return send(reply, presentExecution(row, [], service.now()), responseContentType);
    const hungUp = new AbortController();
    reply.raw.once("close", () => hungUp.abort());
    const ended = await executions.ended(tenant, row.id, hungUp.signal);
    const shown = presentExecution(ended?.row ?? row, ended?.taskRuns ?? [], service.now());
    if (responseCode === undefined && shown.state.current === "FAILED") reply.code(500);
    if (!returnOutputs) return send(reply, shown, responseContentType);
    const outputs = shown.outputs ?? {};
    const text = isText(responseContentType) ? onlyText(outputs) : undefined;
    return text === undefined ? send(reply, outputs, responseContentType) : reply.type(responseContentType!).send(text);
  };
  return { getWebhook: start, postWebhook: start, putWebhook: start };
}

/** Conditions that do not hold are no mistake of the caller: nothing is started, and nothing is answered. */
function passedOver(error: unknown): undefined {
  if (asRefusal(error)?.code !== "webhook-conditions") throw error;
}

function send(reply: FastifyReply, body: object, contentType = "application/json; charset=utf-8"): FastifyReply {
  return reply.header("content-type", contentType).send(JSON.stringify(body));
}

function isText(contentType: string | undefined): boolean {
  return contentType?.startsWith("text/plain") === true;
}

/** The text of a single output; other outputs are JSON whatever type was asked for. */
function onlyText(outputs: Readonly<Record<string, unknown>>): string | undefined {
  const values = Object.values(outputs);
  return values.length === 1 && typeof values[0] === "string" ? values[0] : undefined;
}

function headerLists(raw: readonly string[]): Lists {
  const lists: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase();
    (lists[name] ??= []).push(raw[index + 1]!);
  }
  return lists;
}

function queryLists(query: Readonly<Record<string, string | string[]>>): Lists {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, Array.isArray(value) ? value : [value]]),
  );
}
