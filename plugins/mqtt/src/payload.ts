import { dynamic, parseJsonValue, TaskFailure, type TaskLogger } from "@capstan/sdk";
import type { IPublishPacket } from "mqtt";
import { z } from "zod";

const SERDE_TYPES = ["STRING", "JSON", "BYTES"] as const;
export type SerdeType = (typeof SERDE_TYPES)[number];

/** How payloads are written. */
export const serdeType = () => dynamic(z.enum(SERDE_TYPES));

/** The payload of a value. Throws `TaskFailure` for bytes that are not Base64. */
export function payloadOf(value: unknown, serde: SerdeType): Buffer {
  if (serde === "JSON") return Buffer.from(JSON.stringify(value) ?? "null");
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (serde === "STRING") return Buffer.from(text);
  if (!/^[A-Za-z0-9+/]*={0,2}$/u.test(text))
    throw new TaskFailure("A value is no Base64, which `serdeType: BYTES` wants. Use STRING to send it as text.");
  return Buffer.from(text, "base64");
}

/** What is handed on of a message. */
export interface Message {
  readonly id: number;
  readonly topic: string;
  readonly qos: number;
  readonly payload: unknown;
  readonly retain: boolean;
  readonly responseTopic?: string;
  readonly correlationData?: string;
}

/** A payload that can't be read must not hold up those behind it: it is handed on as the text that it is. */
export function messageOf(packet: IPublishPacket, serde: SerdeType, log: TaskLogger): Message {
  const { messageId = 0, topic, qos, retain, properties } = packet;
  const { responseTopic, correlationData } = properties ?? {};
  return {
    id: messageId,
    topic,
    qos,
    payload: valueOf(Buffer.from(packet.payload), serde, topic, log),
    retain,
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined ? {} : { correlationData: correlationData.toString() }),
  };
}

function valueOf(payload: Buffer, serde: SerdeType, topic: string, log: TaskLogger): unknown {
  if (serde === "BYTES") return payload.toString("base64");
  const text = payload.toString();
  if (serde === "STRING") return text;
  try {
    return parseJsonValue(text);
  } catch {
    log.warn(`A message of ${topic} is no JSON; it is handed on as text.`);
    return text;
  }
}
