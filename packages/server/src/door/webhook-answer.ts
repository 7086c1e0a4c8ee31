import type { ServerResponse } from "node:http";
import { presentExecution } from "../presentation/execution.ts";
import { asRefusal } from "../refusal.ts";
import type { Service } from "../service.ts";

/** A call of a webhook, however it came in. */
export interface WebhookRequest {
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly key: string;
  /** Empty when there was none. */
  readonly body: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly parameters: Lists;
  /** Tells when the caller is gone. */
  readonly response: ServerResponse;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly contentType?: string;
  readonly text?: string;
}

type Lists = Readonly<Record<string, readonly string[]>>;

const JSON_TYPE = "application/json; charset=utf-8";
/** Conditions that do not hold are no mistake of the caller: nothing is started, and nothing is answered. */
const NOTHING_STARTED: WebhookAnswer = { status: 204 };

/** Starts an execution by a webhook, waits for its end if the webhook says so, and gives the answer to the caller. */
export async function answerWebhook(service: Service, request: WebhookRequest): Promise<WebhookAnswer> {
  const { tenant, namespace, flowId, key, body, parameters } = request;
  const started = await service.runtime.triggers
    .webhook({
      tenant,
      namespace,
      flowId,
      key,
      body: body === "" ? undefined : body,
      headers: headerLists(request.rawHeaders),
      parameters,
    })
    .catch(passedOver);
  if (started === undefined) return NOTHING_STARTED;
  const { row, wait, returnOutputs, responseCode, responseContentType: contentType = JSON_TYPE } = started;
  if (!wait) {
    const text = JSON.stringify(presentExecution(row, [], service.now()));
    return { status: responseCode ?? 200, contentType, text };
  }
  const ended = await service.runtime.executions.ended(tenant, row.id, hungUp(request.response));
  const shown = presentExecution(ended?.row ?? row, ended?.taskRuns ?? [], service.now());
  const status = responseCode ?? (shown.state.current === "FAILED" ? 500 : 200);
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

function headerLists(raw: readonly string[]): Lists {
  const lists: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase();
    (lists[name] ??= []).push(raw[index + 1]!);
  }
  return lists;
}
