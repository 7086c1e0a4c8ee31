import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { PATH_PARAMETER_LENGTH_MAX } from "@capstan/api";
import { problemBody, refusalOf } from "../refusal.ts";
import type { Service } from "../service.ts";
import type { WorkerDoor } from "../workers/worker-door.ts";
import { TENANT } from "../tenant.ts";
import { isPlain, readBytes } from "./body.ts";
import { isStoreUp, LIVENESS, READINESS } from "./health.ts";
import { JSON_TYPE, send, sendStatus } from "./send.ts";
import { answerWebhook } from "./webhook-answer.ts";

export interface DoorOptions {
  /** Where workers of other processes come in. */
  readonly workers?: WorkerDoor | undefined;
  /** Takes every request that the door does not answer itself. */
  readonly forward: RequestListener;
  /** Hears what the caller is not told. */
  readonly failed: (error: unknown, what: string, facts?: { readonly requestId: string }) => void;
}

const NAME = `([A-Za-z0-9_.-]{1,${PATH_PARAMETER_LENGTH_MAX}})`;
/** A webhook whose namespace, flow and key need no decoding, with nothing behind them. */
const PLAIN_WEBHOOK = new RegExp(`^/api/v1/(?:${TENANT}/)?executions/webhook/${NAME}/${NAME}/${NAME}$`);
const WEBHOOK_METHODS: ReadonlySet<string | undefined> = new Set(["GET", "POST", "PUT"]);

/**
 * What stands before the API: it answers probes, and webhooks as most clients call them, and forwards all else. The API answers
 * both as well, and alike. Here nothing lies between the socket and the runtime; and the API, with its library and its two
 * hundred routes, is loaded by the first who asks for more.
 */
export function createDoor(service: Service, { forward, failed, workers }: DoorOptions): RequestListener {
  const { webhookBodyBytesMax } = service.limits;
  const requests = { failed: 0 };

  const refuse = (error: unknown, { url = "" }: IncomingMessage, response: ServerResponse): void => {
    if (response.headersSent || response.destroyed) return void response.destroy();
    const requestId = `door-${(requests.failed += 1)}`;
    const refusal = refusalOf(error, requestId);
    if (refusal.status >= 500) failed(error, "a request failed", { requestId });
    send(response, { status: refusal.status, contentType: JSON_TYPE, text: JSON.stringify(problemBody(refusal, url)) });
  };

  const callWebhook = (match: RegExpExecArray, request: IncomingMessage, response: ServerResponse): void => {
    const [, namespace = "", flowId = "", key = ""] = match;
    const { method = "GET", rawHeaders } = request;
    const call = { method, tenant: TENANT, namespace, flowId, key, rawHeaders, parameters: {}, response };
    readBytes(request, (bytes) => {
      answerWebhook(service, {
        ...call,
        body: bytes.length === 0 ? undefined : { kind: "bytes", bytes },
        mediaType: request.headers["content-type"],
      }).then(
        (answer) => send(response, answer),
        (error: unknown) => refuse(error, request, response),
      );
    });
  };

  const answerHealth = async (response: ServerResponse): Promise<void> => {
    const isUp = await isStoreUp(service.runtime.store, (error) => failed(error, "the store does not answer"));
    sendStatus(response, isUp);
  };

  return (request, response) => {
    const { url = "", method } = request;
    if (workers?.takes(url) === true)
      return void workers.answer(request, response).catch((error: unknown) => refuse(error, request, response));
    if (method === "GET" && READINESS.includes(url)) return void answerHealth(response);
    if (method === "GET" && url === LIVENESS) return sendStatus(response, true);
    if (method === "GET" && url === "/ping")
      return send(response, { status: 200, contentType: "text/plain", text: "pong" });
    const match = WEBHOOK_METHODS.has(method) ? PLAIN_WEBHOOK.exec(url) : null;
    if (match === null || !isPlain(request, webhookBodyBytesMax)) return forward(request, response);
    callWebhook(match, request, response);
  };
}
