import { deep, dynamic, type JsonValue, parseJsonValue } from "@capstan/sdk";
import { z } from "zod";

/** A value as Temporal keeps it: bytes, and how they are to be read. */
export interface Payload {
  readonly metadata?: Readonly<Record<string, Uint8Array>> | null;
  readonly data?: Uint8Array | null;
}

/** Encodings that are JSON text. Workers write messages of Protocol Buffers as JSON where they can. */
const JSON_ENCODINGS = new Set(["json/plain", "json/protobuf"]);
const NULL_ENCODING = "binary/null";
const BYTES_ENCODING = "binary/plain";

/** Arguments of a workflow, a signal, a query or an update. */
export const argumentsProperty = (what: string) =>
  dynamic(z.array(deep()))
    .default([])
    .describe(
      `Arguments of the ${what}, in their order, sent as JSON. A value in quotes or an expression is a text, anything else keeps its type: ` +
        "numbers, true and false, lists and maps. One expression for the whole list, or a text of JSON, gives all of them their types.",
    );

/** A value as workers of every language read it. */
export function payloadOf(value: unknown): { metadata: Record<string, Uint8Array>; data?: Uint8Array } {
  if (value === null || value === undefined) return { metadata: { encoding: Buffer.from(NULL_ENCODING) } };
  return { metadata: { encoding: Buffer.from("json/plain") }, data: Buffer.from(JSON.stringify(value)) };
}

export function payloadsOf(values: readonly unknown[]) {
  return { payloads: values.map(payloadOf) };
}

export function payloadMapOf(values: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, payloadOf(value)]));
}

/** A value that a workflow answers, with the text that it came as. */
export interface Answer {
  readonly value: JsonValue;
  readonly text: string;
}

/** The first of the values, which is all that workflows answer; or the encoding that it can't be read in. Bytes become Base64. */
export function answerOf(payloads: readonly Payload[] | null | undefined): Answer | { readonly encoding: string } {
  const [payload] = payloads ?? [];
  const encoding = payload === undefined ? NULL_ENCODING : Buffer.from(payload.metadata?.["encoding"] ?? []).toString();
  const data = Buffer.from(payload?.data ?? []);
  if (encoding === NULL_ENCODING) return { value: null, text: "" };
  if (encoding === BYTES_ENCODING) return { value: data.toString("base64"), text: data.toString("base64") };
  if (!JSON_ENCODINGS.has(encoding)) return { encoding };
  const text = data.toString();
  const value = parseJsonValue(text);
  return { value, text: typeof value === "string" ? value : text };
}

/** Outputs of an answer: as a text, which is JSON unless the value is a text itself, and with its own type. */
export function valueOutputs({ value, text }: Answer): { readonly result?: string; readonly value: JsonValue } {
  return value === null ? { value } : { result: text, value };
}

/** Schemas of `valueOutputs`. */
export const valueSchemas = (what: string) => ({
  result: z
    .string()
    .optional()
    .describe(`${what} as a text, which is JSON unless it is a text itself. Absent when there is none.`),
  value: z.unknown().optional().describe(`${what} with its own type, such as a map.`),
});
