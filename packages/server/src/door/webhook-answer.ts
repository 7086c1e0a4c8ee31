import type { ServerResponse } from "node:http";
import { IDEMPOTENCY_KEY_HEADER } from "@capstan/api";
import { put } from "@capstan/expression";
import { asStarted, type HeldKey, type WebhookBody, type WebhookStart } from "@capstan/runtime";
import { answerGone } from "../idempotency/answer-gone.ts";
import { createFingerprint, type Fingerprint } from "../idempotency/fingerprint.ts";
import { readKey } from "../idempotency/key-header.ts";
import { presentExecution } from "../presentation/execution.ts";
import { asRefusal } from "../refusal.ts";
import type { Service } from "../service.ts";
import { type Answer, JSON_TYPE } from "./send.ts";
import { type CallBody, createBodyReader } from "./webhook-body.ts";

/** A call of a webhook, however it came in. */
export interface WebhookRequest {
  readonly method: string;
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly key: string;
  /** Undefined when there was none. */
  readonly body: CallBody | undefined;
  readonly mediaType: string | undefined;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly parameters: Lists;
  /** Tells when the caller is gone. */
  readonly response: ServerResponse;
}

type Lists = Readonly<Record<string, readonly string[]>>;

/** Conditions that do not hold are no mistake of the caller: nothing is started, and nothing is answered. */
const NOTHING_STARTED: Answer = { status: 204 };

/** Starts an execution by a webhook, waits for its end if the webhook says so, and gives the answer to the caller. */
export async function answerWebhook(service: Service, request: WebhookRequest): Promise<Answer> {
  const headers = headerLists(request.rawHeaders);
  const idempotencyKey = readKey(headers[IDEMPOTENCY_KEY_HEADER]);
  if (idempotencyKey === undefined) return answerStart(service, request, await start(service, request, headers));
  const { started, isReplayed } = await startOnce(service, request, headers, idempotencyKey);
  const answer = await answerStart(service, request, started);
  return isReplayed ? { ...answer, isReplayed } : answer;
}

/** Nothing is started where the conditions of the trigger do not hold. */
async function start(
  service: Service,
  { tenant, namespace, flowId, key, body, mediaType, parameters }: WebhookRequest,
  headers: Lists,
  identified?: { readonly requestKey: HeldKey; readonly fingerprint: Fingerprint },
): Promise<WebhookStart | undefined> {
  const { requestKey, fingerprint } = identified ?? {};
  const reader = body && createBodyReader(service, { tenant, namespace, flowId, body, mediaType, fingerprint });
  const read: WebhookBody | undefined =
    reader &&
    (async (fetchType, watch) => {
      const content = await reader.read(fetchType, watch);
      requestKey?.identify(fingerprint!.digest());
      return content;
    });
  try {
    const call = { tenant, namespace, flowId, key, body: read, headers, parameters, requestKey };
    return await service.runtime.triggers.webhook(call);
  } catch (error) {
    await reader?.discard();
    return passedOver(error);
  }
}

/** What the first call with the key started; for the first it is started. */
async function startOnce(service: Service, request: WebhookRequest, headers: Lists, key: string) {
  const { method, tenant, namespace, flowId, body, parameters } = request;
  const route = `${method} /executions/webhook/${namespace}/${flowId}/${request.key}`;
  // The key of the webhook is the credential, and is in the route.
  const held = await service.runtime.requestKeys.hold({ tenant, principal: "", route, key });
  try {
    const fingerprint = createFingerprint(parameters);
    const { kept } = held;
    if (kept === undefined) {
      if (body === undefined) held.identify(fingerprint.digest());
      const started = await start(service, request, headers, { requestKey: held, fingerprint });
      return { started, isReplayed: false };
    }
    if (body !== undefined) await createBodyReader(service, { ...request, body, fingerprint }).pass();
    held.identify(fingerprint.digest());
    const { executionId, startId } = kept as { readonly executionId: string; readonly startId?: string };
    const started = await service.runtime.triggers.webhookStart(tenant, executionId, startId);
    if (started === undefined) throw answerGone(executionId);
    return { started, isReplayed: true };
  } finally {
    held.release();
  }
}

async function answerStart(
  service: Service,
  { tenant, response }: WebhookRequest,
  started: WebhookStart | undefined,
): Promise<Answer> {
  if (started === undefined) return NOTHING_STARTED;
  const { row, wait, returnOutputs, responseContentType: contentType = JSON_TYPE } = started;
  if (!wait) {
    const text = JSON.stringify(presentExecution(row, [], service.now()));
    return { status: (await started.responseCode?.()) ?? 200, contentType, text };
  }
  const ended = await service.runtime.executions.ended(tenant, row.id, hungUp(response));
  // Others may have started it as well: each is shown what it brought itself.
  const own = ended?.row.batch === undefined ? (ended?.row ?? row) : asStarted(ended.row, row);
  const shown = presentExecution(own, ended?.taskRuns ?? [], service.now());
  const status = (await started.responseCode?.()) ?? (shown.state.current === "FAILED" ? 500 : 200);
  if (!returnOutputs) return { status, contentType, text: JSON.stringify(shown) };
  const outputs = shown.outputs ?? {};
  const plain = contentType.startsWith("text/plain") ? onlyText(outputs) : undefined;
  return { status, contentType, text: plain ?? JSON.stringify(outputs) };
}

function passedOver(error: unknown): undefined {
  if (asRefusal(error)?.code !== "webhook-conditions") throw error;
}

function hungUp(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}

/** The text of a single output; other outputs are JSON whatever type was asked for. */
function onlyText(outputs: Readonly<Record<string, unknown>>): string | undefined {
  const values = Object.values(outputs);
  return values.length === 1 && typeof values[0] === "string" ? values[0] : undefined;
}

/** In a plain object: what holds one without a prototype becomes JSON in three times the time. */
function headerLists(raw: readonly string[]): Lists {
  const lists: Record<string, string[]> = {};
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase();
    const value = raw[index + 1]!;
    if (Object.hasOwn(lists, name)) lists[name]!.push(value);
    else put(lists, name, [value]);
  }
  return lists;
}
