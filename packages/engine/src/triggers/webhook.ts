import { type Input, type JsonMap, type JsonValue, parseJsonValue } from "@capstan/model";
import { givenFor } from "../inputs/nested-values.ts";

/** What a webhook does with the body of a call. */
export type FetchType = "FETCH" | "STORE" | "NONE";

/** What became of the body of a call. */
export interface WebhookContent {
  /** Its text, or its bytes as base64; absent when it is not kept, or there is none. */
  readonly body?: string;
  /** Where it was stored. */
  readonly uri?: string;
  /** The files of a form. */
  readonly parts?: readonly WebhookPart[];
  /** The texts of a form, name → values. */
  readonly formFields?: Readonly<Record<string, readonly string[]>>;
}

/** A file of a form, stored under `uri`. */
export interface WebhookPart {
  readonly name: string;
  readonly filename: string;
  readonly contentType: string;
  /** In bytes. */
  readonly size: number;
  readonly uri: string;
}

/** A call of a webhook, as the server received it. */
export interface WebhookRequest extends WebhookContent {
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** The query, name → values. */
  readonly parameters: Readonly<Record<string, readonly string[]>>;
}

/** Whether a call names the trigger's rendered key. Takes the same time wherever the two differ; an empty key fits nothing. */
export function isWebhookKey(renderedKey: string, given: string): boolean {
  const key = renderedKey.trim();
  let difference = key.length ^ given.length;
  for (let index = 0; index < given.length; index += 1) {
    // Runs over the given text, whose length the caller knows anyway.
    difference |= given.charCodeAt(index) ^ key.charCodeAt(index % Math.max(key.length, 1));
  }
  return key !== "" && difference === 0;
}

/** What `trigger` shows in an execution that a webhook started: the body as a JSON map or list if it is one, else as text. */
export function webhookVariables(request: WebhookRequest): JsonMap {
  const { body, uri, parts, formFields, headers, parameters } = request;
  return {
    body: body === undefined || body === "" ? null : parseBody(body),
    ...(uri !== undefined && { uri }),
    ...(parts !== undefined && { parts: parts.map((part) => ({ ...part })) }),
    ...(formFields !== undefined && { formFields }),
    headers,
    parameters,
  };
}

/**
 * Values for the inputs of the flow that the trigger's own `inputs` leaves open: the field of the body with the input's id,
 * else the query parameter of that name. Kestra leaves such inputs to their defaults.
 */
export function webhookInputs(inputs: readonly Input[], set: JsonMap | undefined, variables: JsonMap): JsonMap {
  const given: Record<string, JsonValue> = {};
  const body = isMap(variables["body"]) ? variables["body"] : {};
  const parameters = isMap(variables["parameters"]) ? variables["parameters"] : {};
  for (const { id, type } of inputs) {
    if (givenFor(id, set ?? {}) !== undefined) continue;
    const values = Object.hasOwn(parameters, id) ? (parameters[id] as readonly string[]) : [];
    const isList = type === "ARRAY" || type === "MULTISELECT";
    const parameter = isList && values.length > 1 ? values : values[0];
    const value = (givenFor(id, body) as JsonValue | undefined) ?? parameter;
    if (value !== undefined) given[id] = value;
  }
  return given;
}

function parseBody(body: string): JsonValue {
  const first = body.trimStart()[0];
  if (first !== "{" && first !== "[") return body;
  try {
    return parseJsonValue(body);
  } catch (error) {
    if (error instanceof SyntaxError) return body;
    throw error;
  }
}

function isMap(value: JsonValue | undefined): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
