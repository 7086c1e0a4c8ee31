import { TaskFailure } from "@capstan/sdk";
import type { MsgHdrs } from "@nats-io/transport-node";
import { z } from "zod";

/** What is told of a message. */
export const messageOutputs = () =>
  z.object({
    subject: z.string().describe("Subject that it was published to."),
    headers: z.record(z.string(), z.array(z.string())).describe("Its headers, each with the list of its values."),
    data: z.string().describe("What it holds, as text."),
    timestamp: z.string().describe("When the stream got it, such as 2026-01-31T10:00:00.000Z."),
  });

export type Row = z.output<ReturnType<typeof messageOutputs>>;

interface Received {
  readonly subject: string;
  readonly headers: MsgHdrs | undefined;
  readonly data: Uint8Array;
  /** Nanoseconds since 1970. */
  readonly timestampNanos: bigint;
}

export function rowOf({ subject, headers, data, timestampNanos }: Received): Row {
  return {
    subject,
    headers: Object.fromEntries((headers?.keys() ?? []).map((name) => [name, headers?.values(name) ?? []])),
    data: Buffer.from(data).toString(),
    timestamp: new Date(Number(timestampNanos / 1_000_000n)).toISOString(),
  };
}

export interface Sent {
  readonly data: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** A text is what it holds; a map has `data` and `headers`, or is what it holds, as JSON. Throws `TaskFailure` for headers that are none. */
export function sentOf(given: unknown): Sent {
  if (typeof given !== "object" || given === null || Array.isArray(given) || !("data" in given))
    return { data: textOf(given), headers: [] };
  const { data, headers = {} } = given as { readonly data: unknown; readonly headers?: unknown };
  if (typeof headers !== "object" || headers === null || Array.isArray(headers))
    throw new TaskFailure("The `headers` of a message are no map of names and values.");
  const pairs = Object.entries(headers).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => [name, textOf(value)] as const),
  );
  return { data: textOf(data), headers: pairs };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** Headers as the client takes them; nothing for none. */
export async function headersOf({ headers: pairs }: Sent): Promise<{ readonly headers?: MsgHdrs }> {
  if (pairs.length === 0) return {};
  const { headers } = await import("@nats-io/transport-node");
  const made = headers();
  for (const [name, value] of pairs) made.append(name, value);
  return { headers: made };
}
