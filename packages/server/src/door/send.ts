import type { ServerResponse } from "node:http";
import { REPLAYED_HEADER } from "@capstan/api";
import { ANSWER_HEADERS } from "../answer-headers.ts";

/** An answer as it leaves, where nothing lies between us and the socket. */
export interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly text?: string;
  /** It is that of an earlier request with the same `Idempotency-Key`. */
  readonly isReplayed?: boolean;
}

export const JSON_TYPE = "application/json; charset=utf-8";
/** Of a line to a worker, which goes on for as long as both want. */
export const LINE_TYPE = "application/x-ndjson";

export function send(response: ServerResponse, { status, contentType, text = "", isReplayed = false }: Answer): void {
  response.writeHead(status, {
    ...ANSWER_HEADERS,
    ...(contentType !== undefined && { "content-type": contentType }),
    ...(isReplayed && { [REPLAYED_HEADER]: "true" }),
    ...(status !== 204 && { "content-length": Buffer.byteLength(text) }),
  });
  response.end(text);
}

/** Answers a probe. */
export function sendStatus(response: ServerResponse, isUp: boolean): void {
  const text = JSON.stringify({ status: isUp ? "UP" : "DOWN" });
  send(response, { status: isUp ? 200 : 503, contentType: JSON_TYPE, text });
}
