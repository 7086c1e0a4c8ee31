import { parseInstant, TaskFailure } from "@capstan/sdk";
import type { MessageToProduce } from "@platformatic/kafka";
import { type Serde, written } from "./serde.ts";

export interface Writing {
  /** For records that name none. */
  readonly topic?: string | undefined;
  readonly keySerializer: Serde;
  readonly valueSerializer: Serde;
}

/** A record as the client takes it, with its size in bytes. */
export interface ProducedRecord {
  readonly message: MessageToProduce;
  readonly bytes: number;
}

/** What every record costs beside its key, value and headers. */
const FRAME_BYTES = 64;

/** The record of a map with `key`, `value`, `topic`, `partition`, `timestamp` and `headers`. Throws `TaskFailure` for anything else. */
export function producedRecord(given: unknown, writing: Writing): ProducedRecord {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new TaskFailure(
      "A record is no map. Write it with a `value`, and if need be `key`, `headers`, `topic`, `partition` and `timestamp`.",
    );
  const record = given as Readonly<Record<string, unknown>>;
  const topic = record["topic"] ?? writing.topic;
  if (typeof topic !== "string" || topic === "")
    throw new TaskFailure("There is a record without a topic. Give the task or each record a `topic`.");
  const key = written(record["key"], writing.keySerializer, "key");
  const value = written(record["value"], writing.valueSerializer, "value");
  const headers = headersOf(record["headers"]);
  const message: MessageToProduce = {
    topic,
    headers,
    ...(key === undefined ? {} : { key }),
    ...(value === undefined ? {} : { value }),
    ...optional("partition", partitionOf(record["partition"])),
    ...optional("timestamp", timestampOf(record["timestamp"])),
  };
  let bytes = FRAME_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, content] of headers) bytes += name.length + content.length;
  return { message, bytes };
}

/** A map of names and values, or a list of such maps, as `Consume` gives them. */
function headersOf(given: unknown): Map<Buffer, Buffer> {
  if (given === undefined || given === null) return new Map();
  const maps: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (!maps.every((map) => typeof map === "object" && map !== null && !Array.isArray(map)))
    throw new TaskFailure("The `headers` of a record are no map of names and values.");
  const pairs = maps.flatMap((map) => Object.entries(map as Readonly<Record<string, unknown>>));
  return new Map(
    pairs.map(([name, value]) => [Buffer.from(name), written(value, "STRING", "header") ?? Buffer.alloc(0)]),
  );
}

function partitionOf(given: unknown): number | undefined {
  if (given === undefined || given === null) return undefined;
  const partition = Number(given);
  if (!Number.isInteger(partition) || partition < 0)
    throw new TaskFailure("The `partition` of a record is no number from 0 on.");
  return partition;
}

/** Epoch milliseconds, or a date. */
function timestampOf(given: unknown): bigint | undefined {
  if (given === undefined || given === null) return undefined;
  const time = /^\d+$/u.test(String(given)) ? Number(given) : parseInstant(String(given));
  if (time === undefined || !Number.isSafeInteger(time))
    throw new TaskFailure(
      "The `timestamp` of a record is neither a number of milliseconds nor a date such as 2026-01-31T10:00:00Z.",
    );
  return BigInt(time);
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [_ in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [_ in Name]?: Value };
}
